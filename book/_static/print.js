// Paper is white: what is printed from the dark is printed in the light theme, which comes back as it was.
(() => {
  const root = document.documentElement;
  let was = null;
  addEventListener("beforeprint", () => {
    was ??= root.dataset.theme;
    root.dataset.theme = "light";
  });
  addEventListener("afterprint", () => {
    if (was !== null) root.dataset.theme = was;
    was = null;
  });
})();
