// The playground: settings, a training in the page's worker that they begin, and what is drawn of it. page.py writes the
// format; session.py answers.
(() => {
  const widgets = globalThis.nnlibWidgets;
  const { element, define, theme } = widgets;
  const { readAddress, writeAddress } = widgets.explorer.pure;
  const { pure, draw, controls: { build } } = widgets.playground;

  const COARSE = 40; // the picture's side in values while it trains
  const FINE = 120;
  const EPOCHS = 100; // of the program, before anything was trained
  const STILL_EPOCHS = 10; // at a press, where less motion is asked for
  const AMOUNTS = { step: { steps: 1 }, steps: { steps: 10 }, fast: { milliseconds: 16 } };
  const SPEAK = 300; // ms between two texts while it trains: they are to be read
  const NUMBERS = ["epoch", "steps", "loss", "valLoss"]; // of the last picture, as data of the element
  const TRAIN = "widgets.playground.session:train";

  const ABOUT = "In the small pictures orange is above 0 and blue below; sigmoids are compared with ½. Press a unit to see it "
    + "large, and its weights in numbers.";

  function button(parent, text, pressed, attributes = {}) {
    const node = element(parent, "button", { type: "button", ...attributes }, text);
    node.addEventListener("click", pressed);
    return node;
  }

  function figureOf(parent, name, title) {
    const figure = element(parent, "div", { class: `pl-${name}` });
    const head = element(figure, "div", { class: "pl-head" });
    element(head, "span", { class: "pl-title" }, title);
    const canvas = element(figure, "canvas", { role: "img" });
    return { figure, head, canvas };
  }

  function legend(head) {
    const list = element(head, "span", { class: "pl-legend" });
    draw.LINES.forEach(([name], k) => {
      const entry = element(list, "span");
      element(entry, "i", { class: `pl-line-${k}` });
      entry.append(name);
    });
  }

  // ---- the layers: a row for each, of cards for its units

  function buildLayers(parent, about, settings, choose) {
    parent.replaceChildren();
    const cards = [];
    const made = pure.layersOf(settings);
    const rows = about.shapes.map(([nIn, nOut], layer) => {
      const last = layer === about.shapes.length - 1;
      const row = element(parent, "div", { class: "pl-layer" });
      const name = last ? "Output" : `Layer ${layer + 1}`;
      const head = element(row, "div", { class: "pl-layer-head" });
      element(head, "b", {}, name);
      element(head, "code", {}, made[layer].join(" → "));
      const size = element(head, "span", { class: "pl-gradient" });
      element(size, "i");
      const number = element(size, "span");
      const group = element(row, "div", { class: `pl-units ${nOut <= 8 ? "pl-wide" : nOut <= 16 ? "pl-middle" : ""}`, role: "group" });
      group.setAttribute("aria-label", `${name}, ${nOut} units; arrow keys move between them`);
      for (let unit = 0; unit < nOut; unit += 1) {
        const k = cards.length;
        const card = element(group, "button", {
          type: "button", "aria-pressed": "false", tabindex: k ? -1 : 0, "aria-label": pure.unitName(about.shapes, k),
        });
        card.addEventListener("click", () => choose(k));
        const strip = element(card, "canvas", { width: 1, height: nIn, class: "pl-strip" });
        strip.style.height = `${nIn * draw.cellHeight(nIn)}px`;
        const picture = element(card, "canvas", { width: about.unitSide, height: about.unitSide });
        cards.push({ card, strip, picture, layer });
      }
      return { size, number };
    });
    return { cards, rows };
  }

  // Arrow keys move through the cards: left and right through all, up and down between layers.
  function walk(cards, event) {
    const from = cards.findIndex(({ card }) => card === event.target);
    if (from < 0) return;
    const first = (layer) => cards.findIndex((one) => one.layer === layer);
    const { layer } = cards[from];
    const across = (to) => {
      const start = first(to);
      if (start < 0) return from;
      const size = cards.filter((one) => one.layer === to).length;
      return start + Math.min(from - first(layer), size - 1);
    };
    const to = {
      ArrowLeft: () => from - 1,
      ArrowRight: () => from + 1,
      ArrowUp: () => across(layer - 1),
      ArrowDown: () => across(layer + 1),
      Home: () => 0,
      End: () => cards.length - 1,
    }[event.key]?.();
    if (to === undefined) return;
    event.preventDefault();
    const next = cards[Math.min(Math.max(to, 0), cards.length - 1)];
    for (const { card } of cards) card.tabIndex = card === next.card ? 0 : -1;
    next.card.focus();
  }

  // ---- the whole

  function mount(root, spec, host) {
    const { id } = root;
    const trained = spec.controls.filter(({ name }) => name !== "pace");
    let settings = pure.defaults(spec.controls);
    let phase = "off"; // "loading", "ready"
    let playing = false;
    let chosen = null; // the unit that is seen large
    let now = null; // what is seen: { about, frame, history, settings, stop?, call? }
    let colors = null;
    let frames = 0;
    let spoken = 0;

    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "playground");

    // -- what there is on the page

    const bar = element(root, "div", { class: "pl-bar" });
    const startButton = button(bar, "Start", start, { class: "pl-main" });
    const playButton = button(bar, "Play", () => (playing ? pause() : play()), { class: "pl-main" });
    const stepButton = button(bar, "One step", () => order({ steps: 1 }));
    const epochButton = button(bar, "One epoch", () => order({ epochs: 1 }));
    const againButton = button(bar, "Begin anew", () => {
      pause();
      begin();
    });
    const cancelButton = button(bar, "Cancel", () => widgets.live.cancel());
    const load = element(root, "p", { class: "pl-load" });
    const progress = element(load, "progress", { "aria-label": "loading" });
    const loaded = element(load, "span");
    const alert = element(root, "p", { class: "pl-alert", role: "alert", hidden: "" });
    const said = element(root, "p", { class: "pl-said", role: "status" });

    const stage = element(root, "div", { class: "pl-stage" });
    const field = figureOf(stage, "field", "");
    const title = field.head.firstChild;
    element(field.head, "span", {}, "hollow or pale: for validation");
    const losses = figureOf(stage, "losses", "Loss");
    legend(losses.head);
    const panel = element(root, "div", { class: "pl-controls" });
    const inputs = Object.fromEntries(spec.controls.map((control) => [
      control.name, build(panel, `${id}-${control.name}`, control, (value) => change({ [control.name]: value })),
    ]));
    const unitText = element(root, "p", { class: "pl-unit" }, ABOUT);
    const layers = element(root, "div", { class: "pl-layers" });
    const drawField = draw.fieldOn(field.canvas);
    let rows = null;
    let drawUnits = null;

    const code = element(root, "details", { class: "pl-code" });
    element(code, "summary", {}, "As nnlib code");
    const copyCode = button(code, "Copy", () => {
      text.textContent = program();
      copy(copyCode, text.textContent);
    });
    const text = element(element(code, "pre", { tabindex: 0 }), "code");
    text.parentElement.setAttribute("aria-label", "the program");
    code.addEventListener("toggle", writeCode);

    const foot = element(root, "div", { class: "pl-foot" });
    button(foot, "Reset", () => change(pure.defaults(spec.controls)));
    const link = () => writeAddress(location.hash, id, pure.written(spec.controls, settings));
    const copyLink = host.linked && globalThis.navigator.clipboard
      ? button(foot, "Copy link", () => copy(copyLink, location.href.split("#")[0] + link()))
      : null;

    // Where the browser does not let a page copy, the reader can.
    async function copy(node, what) {
      const word = node.textContent;
      try {
        await navigator.clipboard.writeText(what);
        node.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(text);
        node.textContent = "Selected: copy it yourself";
      }
      setTimeout(() => { node.textContent = word; }, 2000);
    }

    // -- settings

    let timer = 0;
    function remember() {
      if (!host.linked) return;
      clearTimeout(timer);
      timer = setTimeout(() => history.replaceState(history.state, "", link()), 200);
    }

    function showSettings() {
      for (const { name } of spec.controls) inputs[name].show(settings[name]);
      inputs.lam.enable(settings.penalty !== "none");
    }

    function change(some, keep = true) {
      const before = settings;
      settings = { ...settings, ...some };
      showSettings();
      if (keep) remember();
      if (pure.same(trained, before, settings)) {
        if (playing) send();
        return;
      }
      alert.hidden = true;
      if (phase === "ready") begin();
      else show();
    }

    function recall() {
      const texts = host.linked ? readAddress(location.hash, id) : null;
      if (!texts) return false;
      const { settings: wanted, refused } = pure.restore(spec.controls, texts);
      pause();
      change(wanted, false);
      if (refused.length) fail(`The address asks for what there is not: ${refused.join(", ").slice(0, 200)}. The default stands in its place.`);
      return true;
    }

    // -- the program

    const program = () => pure.program(spec, settings, (now?.call && now.history[0].length) || EPOCHS);

    function writeCode() {
      if (code.open && text.textContent !== program()) text.textContent = program();
    }

    // -- training

    const view = (fine) => ({ side: fine ? FINE : COARSE, unit: chosen });

    // Sends what is to be done from now on.
    function send() {
      if (!now?.call || !now.frame) return;
      if (playing) now.call.send({ amount: AMOUNTS[settings.pace], view: view(false), again: true });
      else now.call.send({ amount: {}, view: view(true), again: false });
    }

    function order(amount) {
      if (!now?.call || !now.frame) return;
      playing = false;
      now.call.send({ amount, view: view(true), again: false });
      show();
    }

    function play() {
      if (theme.prefersStill()) {
        order({ epochs: STILL_EPOCHS });
        return;
      }
      playing = true;
      spoken = performance.now();
      send();
      show();
    }

    function pause() {
      if (!playing) return;
      playing = false;
      send();
      show();
    }

    // Begins a training with the present settings, and ends the one before.
    function begin() {
      now?.stop?.abort();
      const mine = {
        history: [[], [], [], []], settings, stop: new AbortController(), about: null, frame: null, call: null,
      };
      now = mine;
      const sent = Object.fromEntries(trained.map(({ name }) => [name, settings[name]]));
      chosen = null;
      for (const name of NUMBERS) delete root.dataset[name];
      mine.call = widgets.live.call(TRAIN, { settings: sent, view: view(!playing) }, {
        show: (frame) => receive(mine, frame),
        signal: mine.stop.signal,
      });
      mine.call.catch((error) => {
        if (mine !== now || (error.name === "AbortError" && mine.stop.signal.aborted)) return;
        playing = false;
        mine.call = null;
        if (error.name !== "AbortError") fail(error.message.replace(/^ValueError: /, ""));
        show();
      });
      show();
    }

    // Takes a frame; the promise is kept when it is drawn, so that training never runs ahead of what is seen.
    function receive(mine, frame) {
      if (mine !== now) return undefined;
      const first = !mine.frame;
      if (first) {
        mine.about = frame;
        layOut();
        spoken = -Infinity;
      }
      mine.frame = frame;
      for (let k = 0; k < frame.history.length; k += 1) mine.history[k % 4].push(frame.history[k]);
      if (frame.diverged && playing) {
        playing = false;
        send();
      } else if (first && playing) {
        send();
      }
      return new Promise((done) => {
        requestAnimationFrame(() => {
          if (mine === now) show();
          done();
        });
      });
    }

    async function start() {
      const { live } = widgets;
      alert.hidden = true;
      phase = "loading";
      show();
      cancelButton.focus();
      try {
        await live.start({
          progress(part, whole) {
            progress.max = whole;
            progress.value = part;
            loaded.textContent = ` ${(part / 1e6).toFixed(1)} of ${(whole / 1e6).toFixed(1)} MB of Python`;
          },
        });
      } catch (error) {
        phase = "off";
        if (error.name !== "AbortError") fail(error.message);
        show();
        startButton.focus();
        return;
      }
      phase = "ready";
      playing = !theme.prefersStill();
      begin();
      playButton.focus();
    }

    // Python was stopped from elsewhere: what was trained stays to be seen.
    function onLive({ detail }) {
      if (detail !== "off" || phase !== "ready") return;
      phase = "off";
      playing = false;
      if (now) now.call = null;
      show();
    }

    // -- showing

    function fail(message) {
      alert.textContent = message;
      alert.hidden = false;
    }

    function layOut() {
      const { about } = now;
      rows = buildLayers(layers, about, now.settings, choose);
      drawUnits = draw.unitsOn(about, rows.cards);
    }

    function choose(k) {
      chosen = chosen === k ? null : k;
      if (now.call) send();
      else now.frame = { ...now.frame, chosen, unit: null };
      show();
    }

    const labelOf = (name) => {
      const control = spec.controls.find((one) => one.name === name);
      return control.labels[control.values.indexOf(now.settings[name])];
    };

    // Draws all that is seen; its text follows a training at a pace that can be read, and is read aloud at its end.
    function show() {
      showBar();
      colors ??= draw.tables(theme.colors(root));
      const stale = !pure.same(trained, now.settings, settings);
      stage.classList.toggle("pl-stale", stale || !now.frame);
      layers.classList.toggle("pl-stale", stale || !now.frame);
      layers.inert = !now.frame; // they are those of a training before
      if (now.frame) showFrame();
      const speak = performance.now();
      said.setAttribute("aria-live", playing ? "off" : "polite");
      if (!playing || speak - spoken > SPEAK || !now.frame) {
        spoken = speak;
        tell(stale);
      }
      if (!playing) writeCode();
    }

    function sentence(stale) {
      const last = now.history.map((column) => column.at(-1));
      const seen = now.frame ? pure.told(now.frame, last[0] === undefined ? null : last) : "";
      if (phase === "loading") return "Python is being loaded.";
      if (now.call || phase === "ready") return seen || "…";
      if (stale) return "The picture is still that of other settings: press Start to train with these.";
      return `${now.stop ? "" : "An example, trained when the book was made. "}${seen}`;
    }

    function tell(stale) {
      const words = sentence(stale);
      if (said.textContent !== words) said.textContent = words;
      if (!now.frame) return;
      const what = chosen === null ? "Decision boundary" : `What ${pure.unitName(now.about.shapes, chosen)} answers`;
      field.canvas.setAttribute("aria-label", `${what}, over the points of ${labelOf("data")}. ${words}`);
      const [first] = now.history;
      const curve = first.length
        ? `from ${pure.digits(first[0])} to ${pure.digits(first.at(-1))} in training, and from `
          + `${pure.digits(now.history[2][0])} to ${pure.digits(now.history[2].at(-1))} in validation`
        : "no epoch yet";
      losses.canvas.setAttribute("aria-label", `Loss over ${first.length} epochs: ${curve}.`);
    }

    function showFrame() {
      const { frame, about, history: past } = now;
      drawField(frame, about, colors);
      draw.drawLosses(losses.canvas, past, colors);
      drawUnits(frame, colors);
      rows.rows.forEach(({ size, number }, k) => {
        const g = frame.gradients[k];
        const share = Number.isFinite(g) ? Math.min(Math.max((Math.log10(Math.max(g, 1e-8)) + 8) / 9, 0), 1) : 1;
        size.style.setProperty("--share", share.toFixed(3));
        number.textContent = `gradient ${pure.digits(g)}`;
      });
      rows.cards.forEach(({ card }, k) => card.setAttribute("aria-pressed", String(k === chosen)));
      title.textContent = chosen === null ? "Decision boundary" : pure.unitName(about.shapes, chosen);
      const shapes = { shapes: about.shapes, places: about.places, theta: frame.theta };
      const words = chosen === null ? ABOUT : `${pure.unitName(about.shapes, chosen)}: ${pure.unitWeights(shapes, chosen)}`;
      if (unitText.textContent !== words) unitText.textContent = words;
      frames += 1;
      const [loss, , valLoss] = past.map((column) => column.at(-1) ?? NaN);
      Object.assign(root.dataset, {
        frames, epoch: frame.epoch, steps: frame.steps, loss: loss.toPrecision(12), valLoss: valLoss.toPrecision(12),
      });
    }

    function showBar() {
      const why = widgets.live ? widgets.live.why() : "Python for this page is missing.";
      root.dataset.engine = phase === "ready" ? "live" : "stored";
      if (phase === "loading") root.setAttribute("aria-busy", "true");
      else root.removeAttribute("aria-busy");
      startButton.hidden = phase !== "off" || Boolean(why);
      cancelButton.hidden = load.hidden = phase !== "loading";
      for (const node of [playButton, stepButton, epochButton, againButton]) node.hidden = phase !== "ready";
      const able = Boolean(now?.call && now.frame && !now.frame.diverged);
      playButton.textContent = playing ? "Pause" : theme.prefersStill() ? `${STILL_EPOCHS} epochs` : "Play";
      for (const node of [playButton, stepButton, epochButton]) node.setAttribute("aria-disabled", String(!able));
      blocked.hidden = phase !== "off" || !why;
      blocked.textContent = why && `${why} The settings and the program below work as they are.`;
    }

    const blocked = element(null, "p", { class: "pl-blocked" });
    load.after(blocked);
    const size = widgets.live?.bytes;
    if (size) startButton.textContent = `Start (loads ${(size / 1e6).toFixed(1)} MB)`;

    // -- the beginning: the stored example

    now = {
      about: pure.unpack(spec.example.frame), settings: { ...settings, ...spec.example.settings }, history: [[], [], [], []], call: null,
    };
    now.frame = now.about;
    now.about.history.forEach((value, k) => now.history[k % 4].push(value));
    settings = { ...settings, ...spec.example.settings };
    layOut();
    showSettings();
    recall();
    show();
    layers.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && chosen !== null) choose(chosen);
      else walk(rows.cards, event);
    });

    const stop = new AbortController();
    addEventListener("hashchange", () => {
      if (recall()) root.scrollIntoView({ block: "start" });
    }, { signal: stop.signal });
    document.addEventListener("nnlib-live", onLive, { signal: stop.signal });
    if (host.linked && readAddress(location.hash, id)) requestAnimationFrame(() => root.scrollIntoView({ block: "start" }));
    const unwatch = theme.watch(root, ({ print }) => {
      colors = draw.tables(theme.colors(root, { print }));
      show();
    });
    return () => {
      now.stop?.abort();
      stop.abort();
      unwatch();
    };
  }

  define("playground", { mount });
})();
