// The palette of theme.css for what is drawn on a canvas, and when to draw again because it changed.
(() => {
  const widgets = (globalThis.nnlibWidgets ??= {});

  const PAPER = 600; // px, of the sheet without its margins
  const NAMES = ["ink", "soft", "line", "faint", "paper", "accent", "lit", "backward", "bad"];
  const CLASSES = ["class-0", "class-1"];
  const SERIES = [0, 1, 2, 3, 4, 5].map((k) => `series-${k}`);

  // The colors that `element` has now, as #rrggbb by name, with `classes` and `series` as lists; those of paper, if asked.
  function colors(element, { print = false } = {}) {
    const probes = document.createElement("span");
    if (print) probes.style.colorScheme = "light";
    for (const name of [...NAMES, ...CLASSES, ...SERIES]) {
      const probe = document.createElement("span");
      probe.style.color = `var(--nnlib-${name})`;
      probes.append(probe);
    }
    element.append(probes); // all at once: each change in the page makes the browser find its styles anew
    const found = [...probes.children].map((probe) => {
      const [r, g, b] = getComputedStyle(probe).color.match(/\d+/g).map(Number);
      return `#${((r << 16) | (g << 8) | b).toString(16).padStart(6, "0")}`;
    });
    probes.remove();
    const named = NAMES.map((name, k) => [name, found[k]]);
    const [classes, series] = [found.slice(NAMES.length, -SERIES.length), found.slice(-SERIES.length)];
    return { ...Object.fromEntries(named), classes, series };
  }

  // Calls redraw({ print }) when the theme, the element's width or the screen's density has changed, before printing (print: true) and after;
  // returns a function that ends it. What is drawn for the screen would be squeezed on paper, of which no script is told
  // how wide it is: before printing the element gets a width that fits A4 and letter.
  function watch(element, redraw) {
    const stop = new AbortController();
    let print = false;
    const again = () => redraw({ print });
    const onPaper = (on) => {
      print = on;
      element.style.maxWidth = on ? `${PAPER}px` : "";
      again();
    };
    const { signal } = stop;
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again, { signal });
    // It changes where the reader zooms, or takes the window to another screen; each question is about one density.
    const density = () => {
      matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", () => {
        again();
        density();
      }, { signal, once: true });
    };
    density();
    addEventListener("beforeprint", () => onPaper(true), { signal });
    addEventListener("afterprint", () => onPaper(false), { signal });
    let width = element.clientWidth;
    const sizes = new ResizeObserver(() => {
      if (element.clientWidth === width) return;
      width = element.clientWidth;
      again();
    });
    sizes.observe(element);
    const themes = new MutationObserver(again);
    themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    themes.observe(document.body, { attributeFilter: ["class", "data-jp-theme-light", "data-vscode-theme-kind"] });
    return () => {
      stop.abort();
      sizes.disconnect();
      themes.disconnect();
    };
  }

  // Asked anew each time, since a reader may change it while the page is open.
  const prefersStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  widgets.theme = { colors, watch, prefersStill };
})();
