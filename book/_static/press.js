// What the theme's buttons do. The theme writes it into an attribute of each, where a policy that forbids scripts in a page
// would not let it run; tools/inline.py puts the name of the act there instead.
(() => {
  const acts = {
    "toggleFullScreen()": () => globalThis.toggleFullScreen(), // of sphinx-book-theme.js
    "window.print()": () => globalThis.print(),
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-press]");
    if (button) acts[button.dataset.press]();
  });
})();
