// What an explorer works out without a page: numbers, places on a slider, axes, edges, the address.
(() => {
  const widgets = (globalThis.nnlibWidgets ??= {});

  const FINE = 10; // a kernel's slider stops this many times between two positions

  function clamp(value, lo, hi) {
    return Math.min(Math.max(value, lo), hi);
  }

  // A value's label, three significant digits at most, as controls.py writes it.
  function readable(value) {
    if (typeof value === "boolean") return value ? "True" : "False";
    if (typeof value !== "number") return String(value);
    if (value < 0) return `−${readable(-value)}`;
    if (Number.isInteger(value) && value < 1e5) return String(value);
    const rounded = Number(value.toPrecision(3));
    if (rounded !== 0 && (rounded < 1e-4 || rounded >= 1e5)) return rounded.toExponential().replace("+", "");
    return String(rounded);
  }

  // The label of a control's value: the stored one, which knows whole numbers from others, where there is one.
  function labelOf(control, value) {
    const index = control.values.indexOf(value);
    return index >= 0 ? control.labels[index] : readable(value);
  }

  // The value at a place on the slider: a stored one at whole numbers, else between two, rounded as its label.
  function valueAt(control, place) {
    const lower = Math.floor(place);
    const part = place - lower;
    if (part === 0) return control.values[lower];
    const [a, b] = [control.values[lower], control.values[lower + 1]];
    const between = control.kind === "log" ? a * (b / a) ** part : a + (b - a) * part;
    return control.integer ? Math.round(between) : clamp(Number(between.toPrecision(3)), a, b);
  }

  // The place of a value that was written in an address: the nearest there is; -1 if it is no value of this control.
  function placeOf(control, text, fine = false) {
    const exact = control.values.findIndex((v) => (typeof v === "number" && text.trim() !== "" ? v === Number(text) : String(v) === text));
    if (exact >= 0 || control.kind === "choice") return exact;
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value)) return -1;
    const scale = control.kind === "log" ? (v) => Math.log(Math.max(v, 1e-300)) : (v) => v;
    const heights = control.values.map(scale);
    const height = clamp(scale(value), heights[0], heights.at(-1));
    const above = Math.max(1, heights.findIndex((h) => h >= height));
    const place = above - 1 + (height - heights[above - 1]) / (heights[above] - heights[above - 1]);
    return fine ? Math.round(place * FINE) / FINE : Math.round(place);
  }

  // Which of the stored results belongs to these places: the last control moves fastest.
  function indexOf(controls, places) {
    return places.reduce((index, place, k) => index * controls[k].values.length + place, 0);
  }

  // ------------------------------------------------------------------------------------------------------- stored data

  function bytes(text) {
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  }

  function words(text) {
    return new Uint16Array(bytes(text).buffer);
  }

  // Puts each panel together from what all positions share and what moves. Of a position that was not run: null.
  function unpack(stored) {
    const shared = stored.shared.map((fixed) => ({
      ...fixed,
      ...(fixed.points && { points: words(fixed.points) }),
      ...(fixed.lines && { lines: fixed.lines.map(words) }),
    }));
    return stored.results.map((result) => result && {
      ...result,
      panels: result.panels.map(([index, moving]) => ({
        ...shared[index],
        ...moving,
        ...(moving.p && { p: bytes(moving.p) }),
        ...(moving.lines && { lines: moving.lines.map(words) }),
      })),
    });
  }

  // -------------------------------------------------------------------------------------------------------------- axes

  // Round numbers from lo to hi, about `count` of them, at least `least` apart.
  function ticks(lo, hi, count, least = 0) {
    const raw = Math.max((hi - lo) / count, least);
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = power * [1, 2, 5, 10].find((m) => m * power >= raw * 0.999);
    const found = [];
    for (let k = Math.ceil(lo / step - 1e-9); k * step <= hi + step * 1e-9; k += 1) {
      found.push(Number((k * step).toPrecision(12)));
    }
    return found;
  }

  // Powers of ten, and with less than one and a half of them also 2 and 5 times these.
  function logTicks(lo, hi) {
    const decades = Math.log10(hi / lo);
    const every = Math.ceil(decades / 5);
    const factors = decades < 1.5 ? [1, 2, 5] : [1];
    const found = [];
    for (let e = Math.floor(Math.log10(lo)); e <= Math.ceil(Math.log10(hi)); e += 1) {
      const decade = e % every === 0 ? factors.map((f) => Number(`${f}e${e}`)) : [];
      found.push(...decade.filter((v) => v >= lo * 0.999 && v <= hi * 1.001));
    }
    return found.length > 1 ? found : ticks(lo, hi, 4);
  }

  // The axes of a panel of curves hold every run in `runs`, so that they stand still while the slider moves. A run that
  // diverged may leave the picture at the top: only its first values count.
  function curveAxes(runs) {
    const axes = { x: [Infinity, -Infinity], y: [Infinity, -Infinity] };
    const include = (axis, v) => {
      const ends = axes[axis];
      ends[0] = Math.min(ends[0], v);
      ends[1] = Math.max(ends[1], v);
    };
    for (const { panel, diverged } of runs) {
      for (const curve of panel.y) {
        if (curve.length) include("x", panel.start);
        if (curve.length) include("x", panel.start + panel.step * (curve.length - 1));
        for (const v of diverged ? curve.slice(0, 2) : curve) if (!panel.log || v > 0) include("y", v);
      }
    }
    const first = runs[0].panel;
    if (!(axes.x[1] > axes.x[0])) axes.x = [first.start, first.start + first.step];
    if (first.yRange) axes.y = first.yRange;
    else if (!(axes.y[1] >= axes.y[0])) axes.y = first.log ? [0.1, 1] : [0, 1];
    else if (first.log) axes.y = [axes.y[0] / 1.25, axes.y[1] * 1.25];
    else axes.y = [Math.min(0, axes.y[0]), axes.y[1] + 0.06 * (axes.y[1] - Math.min(0, axes.y[0]) || 1)];
    return axes;
  }

  // --------------------------------------------------------------------------------------------------------- the picture

  // Whether a line of [x, y] comes back to where it began, after it was elsewhere: then it has no end to be marked.
  function isClosed(line) {
    const far = ([x, y]) => Math.hypot(x - line[0][0], y - line[0][1]);
    return line.length > 2 && far(line.at(-1)) < 0.5 && line.some((point) => far(point) > 10);
  }

  // Where a line of [x, y] goes on outside the box: the place at its edge, the side, and what the line does there. It
  // "leaves" the picture; where it begins outside, it "enters", or "is outside" with all of its points.
  function exits(line, box) {
    const sides = {
      left: (p) => p[0] - box.x,
      right: (p) => box.x + box.w - p[0],
      top: (p) => p[1] - box.y,
      bottom: (p) => box.y + box.h - p[1],
    };
    const kept = ([x, y]) => [clamp(x, box.x, box.x + box.w), clamp(y, box.y, box.y + box.h)];
    const beyond = (p) => Object.entries(sides).filter(([, room]) => room(p) < -0.5);
    const found = [];
    // The side that is crossed first on the way from a, inside, to b, outside.
    const mark = (way, a, b) => {
      let [first, side] = [Infinity, ""];
      for (const [name, room] of beyond(b)) {
        const part = clamp(room(a) / (room(a) - room(b)), 0, 1);
        if (part < first) [first, side] = [part, name];
      }
      const [x, y] = kept([a[0] + first * (b[0] - a[0]), a[1] + first * (b[1] - a[1])]);
      found.push({ x, y, side, way });
    };
    const [right, bottom] = [box.x + box.w + 0.5, box.y + box.h + 0.5];
    const inside = line.map(([x, y]) => x >= box.x - 0.5 && x <= right && y >= box.y - 0.5 && y <= bottom);
    const entry = inside.indexOf(true);
    if (entry > 0) mark("enters", line[entry], line[entry - 1]);
    else if (entry < 0 && line.length) mark("is outside", kept(line[0]), line[0]);
    for (let i = 1; i < line.length; i += 1) if (inside[i - 1] && !inside[i]) mark("leaves", line[i - 1], line[i]);
    return found;
  }

  // Of a line of [x, y] in pixels, from left to right, what of it can be seen: of all points within one pixel's column the
  // first, the lowest, the highest and the last, in their order. A canvas draws a line of many thousand points for seconds.
  function thinned(line) {
    const found = [];
    for (let i = 0; i < line.length;) {
      const column = Math.floor(line[i][0]);
      let [end, low, high] = [i, i, i];
      for (; end < line.length && Math.floor(line[end][0]) === column; end += 1) {
        if (line[end][1] < line[low][1]) low = end;
        if (line[end][1] > line[high][1]) high = end;
      }
      for (const k of new Set([i, Math.min(low, high), Math.max(low, high), end - 1])) found.push(line[k]);
      i = end;
    }
    return found;
  }

  // Where dots stand on the side of class 1 of a boundary, in staggered rows: `p` holds 0 to 254, and 255 for no number.
  function grain({ shape: [rows, columns], p }, box, step = 12) {
    const found = [];
    for (let row = 0, y = step / 2; y < box.h; row += 1, y += step) {
      for (let x = row % 2 ? step : step / 2; x < box.w; x += step) {
        const at = Math.round((1 - y / box.h) * (rows - 1)) * columns + Math.round((x / box.w) * (columns - 1));
        if (p[at] > 127 && p[at] < 255) found.push([box.x + x, box.y + y]);
      }
    }
    return found;
  }

  // ---------------------------------------------------------------------------------------------------------- the address

  // A fragment keeps the values, as #lr-explorer?lr=0.1, several explorers joined by ";".
  const parts = (hash) => hash.replace(/^#/, "").split(";").filter((part) => part.includes("?"));

  // A value as the address has it: a small number as its label says it.
  const written = (value) => (typeof value === "number" && value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential() : String(value));

  // The values, as text by name, that the fragment has for this id; null if it does not name it.
  function readAddress(hash, id) {
    const mine = parts(hash).find((part) => part.startsWith(`${id}?`));
    return mine === undefined ? null : Object.fromEntries(new URLSearchParams(mine.slice(id.length + 1)));
  }

  // The fragment with this id's values in it, and those of others left as they are.
  function writeAddress(hash, id, values) {
    const others = parts(hash).filter((part) => !part.startsWith(`${id}?`));
    const pairs = Object.entries(values).map(([name, value]) => `${name}=${encodeURIComponent(written(value))}`);
    return `#${[...others, `${id}?${pairs.join("&")}`].join(";")}`;
  }

  const pure = {
    FINE, clamp, readable, labelOf, valueAt, placeOf, indexOf, unpack, ticks, logTicks, curveAxes, isClosed, exits, thinned, grain,
    readAddress, writeAddress,
  };
  widgets.explorer = { ...widgets.explorer, pure };
})();
