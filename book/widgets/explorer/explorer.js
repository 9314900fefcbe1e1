// An explorer's elements, and who answers them: in a page its stored runs, in a notebook the kernel.
(() => {
  const widgets = globalThis.nnlibWidgets;
  const { element, theme } = widgets;
  const { pure, drawing } = widgets.explorer;
  const SVG = "http://www.w3.org/2000/svg";
  const PRINTED = 3; // pixels on paper to one of the page

  // ------------------------------------------------------------------------------------------------------------ controls

  // A control's elements. `place` is where it stands, a position or, with `fine`, between two; `shown` tells its value.
  function buildControl(parent, id, control, fine) {
    const between = fine && control.between;
    const name = `${id}-${control.name}`;
    // A kernel runs any value between the ends, so there a slider remains one.
    const built = control.buttons && !between ? buildButtons(parent, name, control) : buildSlider(parent, name, control, between);
    return Object.assign(built, { control, name }); // a spread would read `place` once and for all
  }

  function buildSlider(parent, name, control, between) {
    const box = element(parent, "div", { class: "nx-control" });
    const head = element(box, "div", { class: "nx-label" });
    element(head, "label", { for: name }, control.label);
    const value = element(head, "span", { class: "nx-value", "aria-hidden": "true" });
    const row = element(box, "div", { class: "nx-row" });
    const play = control.play ? element(row, "button", { type: "button", class: "nx-play" }) : null;
    const step = between ? 1 / pure.FINE : 1;
    const input = element(row, "input", { type: "range", id: name, min: 0, max: control.values.length - 1, step });
    input.value = control.default;
    const ends = element(box, "div", { class: "nx-ends", "aria-hidden": "true" });
    for (const text of [control.labels[0], control.labels.at(-1)]) element(ends, "span", {}, text);
    return {
      inputs: [input],
      play,
      get place() {
        return Number(input.value);
      },
      set place(place) {
        input.value = place;
      },
      tell(label) {
        value.textContent = label;
        input.setAttribute("aria-valuetext", label);
      },
    };
  }

  function buildButtons(parent, name, control) {
    const box = element(parent, "fieldset", { class: "nx-control", id: name });
    element(box, "legend", { class: "nx-label" }, control.label);
    const row = element(box, "div", { class: "nx-buttons" });
    const inputs = control.labels.map((text, k) => {
      const label = element(row, "label", { class: "nx-button" });
      const input = element(label, "input", { type: "radio", name, value: k });
      input.checked = k === control.default;
      element(label, "span", {}, text);
      return input;
    });
    return {
      inputs,
      play: null,
      get place() {
        return inputs.findIndex((input) => input.checked);
      },
      set place(place) {
        inputs[Math.round(place)].checked = true;
      },
      tell() {},
    };
  }

  // ------------------------------------------------------------------------------------------------ titles and legends

  function swatch(parent, panel, k) {
    const svg = document.createElementNS(SVG, "svg");
    const draw = (tag, attributes) => {
      const node = document.createElementNS(SVG, tag);
      for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
      svg.append(node);
    };
    svg.setAttribute("aria-hidden", "true");
    const size = panel.kind === "boundary" ? [11, 11] : [22, 11];
    svg.setAttribute("width", size[0]);
    svg.setAttribute("height", size[1]);
    const fill = `var(--nnlib-class-${k})`;
    if (panel.kind !== "boundary") {
      const [series, dash] = [k % 6, drawing.DASHES[k % drawing.DASHES.length].join(" ")];
      draw("line", { x1: 0, y1: 5.5, x2: 22, y2: 5.5, "stroke-width": 2, "stroke-dasharray": dash });
      svg.style.stroke = `var(--nnlib-series-${series})`;
    } else if (k === 0) {
      draw("circle", { cx: 5.5, cy: 5.5, r: 4.5, style: `fill: ${fill}` });
    } else {
      draw("path", { d: "M5.5 0.5 10.7 9.5H0.3Z", style: `fill: ${fill}` });
    }
    parent.append(svg);
  }

  // A panel's title, and its legend: of two curves or paths or more, each is a button that hides and shows it.
  function buildHead(stage, panel, hidden, redraw) {
    const head = element(stage, "div", { class: "nx-head" });
    if (panel.title) element(head, "span", { class: "nx-title" }, panel.title);
    const names = panel.kind === "boundary" ? panel.classes : panel.names;
    const buttons = panel.kind !== "boundary" && names.length > 1;
    const group = buttons ? { role: "group", "aria-label": `shown in ${panel.title || "the picture"}` } : {};
    const legend = element(head, "div", { class: "nx-legend", ...group });
    names.forEach((name, k) => {
      const pressed = { type: "button", "aria-pressed": !hidden.has(name) };
      const entry = element(legend, buttons ? "button" : "span", { class: "nx-entry", ...(buttons && pressed) });
      swatch(entry, panel, k);
      element(entry, "span", {}, name);
      if (!buttons) return;
      entry.addEventListener("click", () => {
        if (!hidden.delete(name)) hidden.add(name);
        entry.setAttribute("aria-pressed", !hidden.has(name));
        redraw();
      });
    });
    return head;
  }

  // -------------------------------------------------------------------------------------------------------------- address

  // The page's address keeps the values, and whatever besides `more()` returns. `recall` sets the controls from it, if it
  // names this explorer; `remember` replaces it, without a step in the history, once the controls rest.
  function addressOf(id, controls, fine, more = () => ({})) {
    const values = () => Object.fromEntries(controls.map((c) => [c.control.name, pure.valueAt(c.control, c.place)]));
    const link = () => pure.writeAddress(location.hash, id, { ...values(), ...more() });
    const recall = () => {
      const wanted = pure.readAddress(location.hash, id);
      for (const c of controls) {
        const place = wanted && c.control.name in wanted ? pure.placeOf(c.control, wanted[c.control.name], fine) : -1;
        if (place >= 0) c.place = place;
      }
      return wanted !== null;
    };
    let timer = 0;
    const write = () => {
      timer = 0;
      history.replaceState(history.state, "", link());
    };
    const remember = () => {
      clearTimeout(timer);
      timer = setTimeout(write, 200);
    };
    const flush = () => {
      clearTimeout(timer);
      if (timer) write();
    };
    return { link, recall, remember, flush };
  }

  // Brings the explorer into view, and again when fonts and maths, which move it, are set: unless the reader has moved first.
  async function land(root) {
    let moved = false;
    const stop = new AbortController();
    for (const name of ["wheel", "touchstart", "pointerdown", "keydown"]) {
      addEventListener(name, () => { moved = true; }, { signal: stop.signal, passive: true });
    }
    const scroll = () => {
      const fits = root.offsetHeight < 0.8 * innerHeight;
      if (!moved) root.scrollIntoView({ block: fits ? "center" : "start", behavior: "instant" });
    };
    requestAnimationFrame(scroll);
    if (document.readyState !== "complete") await new Promise((done) => { addEventListener("load", done, { once: true }); });
    await document.fonts.ready;
    await globalThis.formulas?.there;
    await new Promise((done) => { requestAnimationFrame(done); });
    scroll();
    stop.abort();
  }

  // ------------------------------------------------------------------------------------------------------------- explorer

  // The part of an explorer that its engine decides about, in `parent`. `host.engine` says who answers: "stored", the results
  // in `spec`; "kernel" or "live", by host.run(values, show, signal), a promise of the last result, with show(result) called
  // for those before it. `host.linked`: the page's address keeps the state, with what host.more() adds to it.
  // `host.before`: what stood here, { places, shown }, where an engine takes over from another.
  function mountEngine(root, parent, spec, host) {
    const stored = host.engine === "stored";
    const { pure: { indexOf, labelOf, valueAt } } = widgets.explorer;
    const results = pure.unpack(spec);
    const id = root.id || spec.id;
    root.dataset.engine = host.engine;

    const stage = element(parent, "div", { class: "nx-stage" });
    const canvas = element(stage, "canvas", { role: "img" });
    const rows = element(parent, "div", { class: "nx-controls" });
    const controls = spec.controls.map((control) => buildControl(rows, id, control, !stored));
    const inputs = controls.flatMap((c) => c.inputs);
    const foot = element(parent, "div", { class: "nx-foot" });
    const output = element(foot, "output", { for: controls.map((c) => c.name).join(" "), "aria-live": "polite" });
    if (!stored) element(foot, "span", { class: "nx-busy" }, "running …");
    const reset = element(foot, "button", { type: "button" }, "Reset");
    const copy = host.linked && navigator.clipboard ? element(foot, "button", { type: "button" }, "Copy link") : null;
    const alert = element(foot, "p", { class: "nx-error", role: "alert", hidden: "" });

    // ---- drawing

    const seen = new Map(results.map((result, k) => [k, result]).filter(([, result]) => result)); // the axes hold all of these
    const hidden = []; // names, a set for each panel
    let colors = null;
    let heads = [];
    let [shape, axes, now] = ["", [], null];

    // For a result that is to be drawn, and all that were seen: edited code may hand back other panels than before.
    function learnAxes(result) {
      const all = [...new Set([...seen.values(), result])];
      axes = result.panels.map(({ kind }, k) => {
        const runs = all.map((r) => ({ panel: r.panels[k], diverged: r.diverged })).filter((r) => r.panel?.kind === kind);
        return kind === "curves" ? pure.curveAxes(runs) : null;
      });
    }

    // Titles and legends are made anew only when they change.
    function buildHeads(panels) {
      const names = JSON.stringify(panels.map((p) => [p.kind, p.title, p.names ?? p.classes]));
      if (names === shape) return;
      shape = names;
      for (const head of heads) head.remove();
      heads = panels.map((panel, k) => buildHead(stage, panel, (hidden[k] ??= new Set()), () => draw()));
    }

    function draw({ print = false, theme: themed = false } = {}) {
      const width = root.clientWidth - 2 * parseFloat(getComputedStyle(root).paddingLeft);
      if (!now || width <= 0) return;
      if (!colors || themed) colors = theme.colors(root, { print });
      const { result, heading } = now;
      buildHeads(result.panels);
      const at = drawing.layout(result.panels, width);
      heads.forEach((head, k) => { head.style.cssText = `left: ${at.lefts[k]}px; width: ${at.plot.w}px`; });
      const heights = heads.map((head) => head.offsetHeight);
      const place = at.under(heights);
      heads.forEach((head, k) => { head.style.top = `${place.tops[k] + place.heads[k] - heights[k]}px`; });
      const note = result.diverged ? `diverged at ${heading}` : "";
      const dense = Math.max(print ? PRINTED : 1, window.devicePixelRatio || 1);
      const pen = { g: canvas.getContext("2d"), theme: colors, font: getComputedStyle(root).fontFamily, dense };
      const left = drawing.drawResult(pen, result.panels, axes, at, place, width, note, hidden);
      canvas.setAttribute("aria-label", describe(result, heading, left));
    }

    // What the picture shows, in words.
    function describe(result, heading, left) {
      const panels = result.panels.map((panel, k) => {
        const words = [panel.about];
        const ways = new Set(left[k].map(([name, way, side]) => `${name} ${way} the picture at the ${side}`));
        words.push(...ways);
        const away = (panel.names ?? []).filter((name) => hidden[k].has(name));
        if (away.length) words.push(`hidden: ${away.join(", ")}`);
        return words.join("; ");
      });
      const end = result.diverged ? " The run diverged." : "";
      return `${heading}. ${panels.join(". ")}.${end}`;
    }

    function show(result, heading) {
      now = { result, heading };
      output.textContent = result.text ? `${heading}: ${result.text}` : heading;
      alert.hidden = true;
      draw();
    }

    function fail(message, heading) {
      alert.textContent = `${heading}: ${message}`;
      alert.hidden = false;
    }

    // ---- running: one run at a time, and after it the latest request, never a queue of old ones

    let pending = null;
    let busy = null; // ends the run, where the engine can
    let ended = false;

    function request() {
      const places = controls.map((c) => c.place);
      const values = controls.map((c, k) => valueAt(c.control, places[k]));
      const labels = controls.map((c, k) => labelOf(c.control, values[k]));
      controls.forEach((c, k) => c.tell(labels[k]));
      const heading = controls.map((c, k) => `${c.control.label} ${labels[k]}`).join(", ");
      pending = { places, values: Object.fromEntries(controls.map((c, k) => [c.control.name, values[k]])), heading };
      if (busy) busy.abort();
      else serve();
    }

    function serve() {
      const { places, values, heading } = pending;
      pending = null;
      if (stored) {
        const result = results[indexOf(spec.controls, places)];
        if (result) show(result, heading);
        else fail("this position was not run", heading);
        return;
      }
      busy = new AbortController();
      root.setAttribute("aria-busy", "true");
      const keep = (result) => {
        seen.set(heading, result);
        learnAxes(result);
        show(result, heading);
      };
      const failed = (error) => {
        if (error.name !== "AbortError") fail(error.message, heading);
      };
      const next = () => {
        busy = null;
        if (ended) return;
        if (pending) serve();
        else root.removeAttribute("aria-busy");
      };
      host.run(values, keep, busy.signal).then(keep).catch(failed).then(next);
    }

    // ---- what the reader does

    const address = host.linked ? addressOf(id, controls, !stored, host.more) : null;
    let playing = null; // { control, timer }

    function moved() {
      request();
      address?.remember();
    }

    function pause() {
      if (!playing) return;
      clearInterval(playing.timer);
      tellPlay(playing.control, false);
      playing = null;
      output.setAttribute("aria-live", "polite");
      address?.remember();
    }

    function tellPlay(c, on) {
      const word = on ? "Pause" : theme.prefersStill() ? "Step" : "Play";
      c.play.textContent = word;
      c.play.setAttribute("aria-label", `${word} ${c.control.label}`);
    }

    // Moves to the next position, from the last to the first.
    function step(c) {
      c.place = (Math.floor(c.place) + 1) % c.control.values.length;
      request();
    }

    function play(c) {
      if (playing?.control === c) {
        pause();
        return;
      }
      pause();
      if (theme.prefersStill()) {
        step(c);
        address?.remember();
        tellPlay(c, false);
        return;
      }
      const last = c.control.values.length - 1;
      const tick = () => {
        if (busy) return;
        step(c);
        if (c.place === last) pause();
      };
      playing = { control: c, timer: setInterval(tick, pure.clamp(8000 / last, 150, 700)) };
      tellPlay(c, true);
      output.setAttribute("aria-live", "off"); // a screen reader could not keep up
      tick();
    }

    function toDefault() {
      pause();
      for (const c of controls) c.place = c.control.default;
      for (const names of hidden) names.clear();
      shape = "";
      moved();
    }

    for (const input of inputs) {
      input.addEventListener("input", () => {
        pause();
        moved();
      });
      // JupyterLab would take them for moves between cells.
      input.addEventListener("keydown", (event) => /^(Arrow|Page|Home|End)/.test(event.key) && event.stopPropagation());
      if (input.type === "range") input.addEventListener("dblclick", toDefault);
    }
    for (const c of controls.filter(({ play: button }) => button)) {
      tellPlay(c, false);
      c.play.addEventListener("click", () => play(c));
    }
    reset.addEventListener("click", toDefault);
    copy?.addEventListener("click", async () => {
      await navigator.clipboard.writeText(location.href.split("#")[0] + address.link());
      copy.textContent = "Copied";
      setTimeout(() => { copy.textContent = "Copy link"; }, 1500);
    });

    learnAxes([...seen.values()][0]);
    if (host.before) {
      controls.forEach((c, k) => { c.place = stored ? Math.round(host.before.places[k]) : host.before.places[k]; });
      if (!stored) {
        const { result, heading } = host.before.shown; // until the first run has something to show
        learnAxes(result);
        show(result, heading);
      }
    }
    const recalled = Boolean(address?.recall());
    if (stored || recalled || host.before) {
      request();
    } else {
      // The result of the defaults came along.
      const labels = controls.map((c) => c.control.labels[c.control.default]);
      controls.forEach((c, k) => c.tell(labels[k]));
      show(results[0], controls.map((c, k) => `${c.control.label} ${labels[k]}`).join(", "));
    }
    if (recalled && !host.before) land(root);

    const stop = new AbortController();
    addEventListener("hashchange", () => {
      if (!address?.recall()) return;
      pause();
      request();
    }, { signal: stop.signal });
    const unwatch = theme.watch(root, ({ print }) => draw({ print, theme: true }));
    return {
      run: request,
      remember: () => address?.remember(),
      // What has been drawn so far no longer says how far the axes reach: other code draws other things.
      forget() {
        seen.clear();
        for (const names of hidden) names.clear();
      },
      // Ends what runs on its own, and says what stands here, for the engine that comes next.
      end() {
        ended = true;
        pause();
        busy?.abort();
        address?.flush();
        stop.abort();
        unwatch();
        return { places: controls.map((c) => c.place), shown: now };
      },
    };
  }

  // An explorer in `root`. In a page that can run Python, a bar below it changes the engine. Returns a function that ends
  // what runs on its own.
  function mount(root, spec, host) {
    if (host.engine !== "stored" || !widgets.live?.offered()) return mountEngine(root, root, spec, host).end;
    const body = element(root, "div");
    const seat = {
      engine: null,
      // Puts another engine in the place of the present one, where that left off.
      turn(next) {
        const focused = body.contains(document.activeElement) && document.activeElement.id;
        const before = seat.engine.end();
        body.replaceChildren();
        root.removeAttribute("aria-busy");
        seat.engine = mountEngine(root, body, spec, { ...host, more: bar.address, ...next, before });
        if (focused) document.getElementById(focused)?.focus();
      },
    };
    const bar = widgets.explorer.running.build(root, spec, seat);
    seat.engine = mountEngine(root, body, spec, { ...host, more: bar.address });
    return () => seat.engine.end();
  }

  // In a notebook (anywidget): the kernel runs any value.
  function render({ model, el }) {
    const spec = structuredClone(model.get("spec"));
    const waiting = new Map();
    const view = crypto.getRandomValues(new Uint32Array(1))[0].toString(36);
    let count = 0;
    const answer = (message) => {
      const asked = waiting.get(message.id);
      if (!asked) return;
      if (!message.error && !message.done) {
        asked.show(pure.unpack(message)[0]);
        return;
      }
      waiting.delete(message.id);
      if (message.error) asked.reject(new Error(message.error));
      else asked.resolve(pure.unpack(message)[0]);
    };
    model.on("msg:custom", answer);
    const run = (values, show) => new Promise((resolve, reject) => {
      count += 1;
      const id = `${view}-${count}`;
      waiting.set(id, { resolve, reject, show });
      model.send({ id, values });
    });
    const root = element(el, "div", { class: "nnlib-explorer" });
    widgets.claimId(root, spec.id);
    const stop = mount(root, spec, { engine: "kernel", linked: false, run });
    return () => {
      model.off("msg:custom", answer);
      stop();
    };
  }

  widgets.define("explorer", { mount, render });
})();
