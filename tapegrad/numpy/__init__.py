"""NumPy's functions for traced arrays, as a namespace.

`np.tanh(x)` of a traced `x` comes here by itself; calling `tapegrad.numpy.tanh(x)` saves
NumPy's dispatch. On plain arrays these functions compute what NumPy computes.
"""

from numpy import e, inf, nan, newaxis, pi

from tapegrad.numpy import linalg
from tapegrad.numpy.arranging import *
from tapegrad.numpy.contraction import *
from tapegrad.numpy.creation import *
from tapegrad.numpy.elementwise import *
from tapegrad.numpy.floats import *
from tapegrad.numpy.gathering import *
from tapegrad.numpy.indexing import take as take
from tapegrad.numpy.joining import *
from tapegrad.numpy.nans import *
from tapegrad.numpy.ordering import *
from tapegrad.numpy.polynomials import *
from tapegrad.numpy.products import *
from tapegrad.numpy.ranges import *
from tapegrad.numpy.reductions import *
from tapegrad.numpy.scans import *
from tapegrad.numpy.shaping import *
from tapegrad.numpy.signals import *
from tapegrad.numpy.statistics import *
