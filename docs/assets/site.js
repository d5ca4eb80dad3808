/* Starts KaTeX on every formula, and lets the long lines of error messages wrap. */
document$.subscribe(() => {
  for (const formula of document.querySelectorAll(".arithmatex")) {
    const text = formula.textContent.trim();
    const display = text.startsWith("\\[");
    katex.render(text.slice(2, -2), formula, { displayMode: display, throwOnError: false });
  }
  for (const title of document.querySelectorAll(".highlight > .filename")) {
    if (title.textContent === "Error") title.parentElement.classList.add("error");
  }
});
