// Draws an Explorer: in a page from its stored runs, in a notebook from what the kernel answers.
// explore.py writes the format and turns this module into a page's classic script: keep comments on lines of their own.

const FINE = 10;
const LIGHT = {
  ink: "#24292f", soft: "#59636e", line: "#c4cbd3", faint: "#eef0f2", paper: "#ffffff", bad: "#b3261e",
  classes: ["#0072b2", "#d55e00"], series: ["#00795a", "#a8478b", "#8a6100", "#3b6ea8", "#5b5f66", "#6d4bc4"],
};
const DARK = {
  ink: "#e6e8eb", soft: "#a8b0ba", line: "#454c55", faint: "#2a2f36", paper: "#16191d", bad: "#ff9a8f",
  classes: ["#56b4e9", "#ff9248"], series: ["#4ccba5", "#e79ccb", "#e5bd5c", "#8dbcf0", "#b4bac2", "#bda8ff"],
};
const DASHES = [[], [6, 3], [2, 2.5], [8, 3, 2, 3], [12, 4], [7, 3, 2, 3, 2, 3]];
const GAP = 24;
const FOOT = 42;
const LEFT = 66;
const RIGHT = 10;
const SWATCH = { curves: 22, boundary: 9, contours: 22 };

const CSS = `
.nnlib-explorer { color: var(--nx-ink); max-width: 56rem; margin: .5rem 0; font-size: .95rem; line-height: 1.45; }
.nnlib-explorer canvas { display: block; width: 100%; }
.nnlib-explorer .nx-controls { display: grid; gap: .5rem 2rem; margin-top: .75rem;
  grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 1fr)); }
.nnlib-explorer .nx-head { display: flex; justify-content: space-between; gap: 1rem; }
.nnlib-explorer .nx-value { font-weight: 600; font-variant-numeric: tabular-nums; }
.nnlib-explorer input[type=range] { display: block; width: 100%; height: 1.75rem; margin: 0; cursor: pointer;
  accent-color: var(--nx-accent); touch-action: pan-y; }
.nnlib-explorer :is(input, button):focus-visible { outline: 2px solid var(--nx-accent); outline-offset: 0; border-radius: 4px; }
.nnlib-explorer .nx-ends { display: flex; justify-content: space-between; margin-top: .15rem; color: var(--nx-soft);
  font-size: .8rem; font-variant-numeric: tabular-nums; }
.nnlib-explorer .nx-foot { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; margin-top: .5rem; }
.nnlib-explorer output { flex: 1 1 18rem; min-height: 2.9em; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.nnlib-explorer button { font: inherit; font-size: .85rem; padding: .15rem .6rem; color: var(--nx-ink); background: none;
  border: 1px solid var(--nx-soft); border-radius: 4px; cursor: pointer; }
.nnlib-explorer .nx-busy { color: var(--nx-soft); font-size: .85rem; visibility: hidden; }
.nnlib-explorer[aria-busy=true] .nx-busy { visibility: visible; transition: visibility 0s .15s; }
.nnlib-explorer .nx-error { flex: 1 0 100%; margin: 0; color: var(--nx-bad); white-space: pre-wrap; overflow-wrap: anywhere; }
.cell_output .text_html:has(> .nnlib-explorer) { background: none !important; padding: 0 !important; overflow: visible; }
`;

// ------------------------------------------------------------------------------------------------ numbers and words

function readable(value) {
  if (typeof value !== "number") return String(value);
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  if (rounded !== 0 && (size < 1e-4 || size >= 1e5)) return rounded.toExponential().replace("+", "");
  return String(rounded);
}

// The value at a place on the slider: a stored one at whole numbers, between them interpolated and rounded as its label.
function valueAt(control, place) {
  const lower = Math.floor(place);
  const part = place - lower;
  if (part === 0) return control.values[lower];
  const [a, b] = [control.values[lower], control.values[lower + 1]];
  const between = control.kind === "log" ? a * (b / a) ** part : a + (b - a) * part;
  return control.integer ? Math.round(between) : clamp(Number(between.toPrecision(3)), a, b);
}

function placeOf(control, text, fine) {
  const exact = control.values.findIndex((v) => String(v) === text);
  if (exact >= 0 || control.kind === "choice") return exact;
  const value = Number(text);
  if (text === "" || !Number.isFinite(value)) return -1;
  const scale = control.kind === "log" ? (v) => Math.log(Math.max(v, 1e-300)) : (v) => v;
  const heights = control.values.map(scale);
  const height = clamp(scale(value), heights[0], heights.at(-1));
  let above = heights.findIndex((h) => h >= height);
  if (above < 1) above = 1;
  const place = above - 1 + (height - heights[above - 1]) / (heights[above] - heights[above - 1]);
  return fine ? Math.round(place * FINE) / FINE : Math.round(place);
}

function clamp(value, lo, hi) {
  return Math.min(Math.max(value, lo), hi);
}

function bytes(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

function words(text) {
  return new Uint16Array(bytes(text).buffer);
}

// Puts each panel together from what all positions share and what moves; the unpacked arrays are kept.
function unpack(pack) {
  for (const fixed of pack.shared) {
    if (fixed.points) fixed.points = words(fixed.points);
    if (fixed.z) fixed.z = words(fixed.z);
  }
  return pack.results.map((result) => ({
    ...result,
    panels: result.panels.map(([index, moving]) => {
      const panel = { ...pack.shared[index], ...moving };
      if (panel.p) panel.p = bytes(panel.p);
      return panel;
    }),
  }));
}

// --------------------------------------------------------------------------------------------------------- drawing

function ticks(lo, hi, count, least = 0) {
  const raw = Math.max((hi - lo) / count, least);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= raw * 0.999);
  const out = [];
  for (let k = Math.ceil(lo / step - 1e-9); k * step <= hi + step * 1e-9; k += 1) {
    out.push(Number((k * step).toPrecision(12)));
  }
  return out;
}

function logTicks(lo, hi) {
  const decades = Math.log10(hi / lo);
  const every = Math.ceil(decades / 5);
  const factors = decades < 1.5 ? [1, 2, 5] : [1];
  const out = [];
  for (let e = Math.floor(Math.log10(lo)); e <= Math.ceil(Math.log10(hi)); e += 1) {
    const decade = e % every === 0 ? factors.map((f) => Number(`${f}e${e}`)) : [];
    out.push(...decade.filter((v) => v >= lo * 0.999 && v <= hi * 1.001));
  }
  return out.length > 1 ? out : ticks(lo, hi, 4);
}

// The axes of a curves panel hold every run seen so far, so that they stand still while the slider moves. A run that
// diverged may leave the picture at the top: only its first values count.
function curveAxes(panels) {
  const axes = { x: [Infinity, -Infinity], y: [Infinity, -Infinity] };
  for (const { panel, diverged } of panels) {
    for (const curve of panel.y) {
      axes.x = [Math.min(axes.x[0], panel.start), Math.max(axes.x[1], panel.start + panel.step * (curve.length - 1))];
      for (const v of diverged ? curve.slice(0, 2) : curve) {
        if (!panel.log || v > 0) axes.y = [Math.min(axes.y[0], v), Math.max(axes.y[1], v)];
      }
    }
  }
  const first = panels[0].panel;
  if (!(axes.x[1] > axes.x[0])) axes.x = [first.start, first.start + first.step];
  if (first.yRange) axes.y = first.yRange;
  else if (!(axes.y[1] >= axes.y[0])) axes.y = first.log ? [0.1, 1] : [0, 1];
  else if (first.log) axes.y = [axes.y[0] / 1.25, axes.y[1] * 1.25];
  else axes.y = [Math.min(0, axes.y[0]), axes.y[1] + 0.06 * (axes.y[1] - Math.min(0, axes.y[0]) || 1)];
  return axes;
}

// Line pieces where the grid crosses `level` (marching squares), handed to draw(x, y, x, y) in grid units.
function contour(grid, [rows, columns], level, draw) {
  for (let r = 0; r < rows - 1; r += 1) {
    for (let c = 0; c < columns - 1; c += 1) {
      const corners = [[c, r], [c + 1, r], [c + 1, r + 1], [c, r + 1]];
      const heights = corners.map(([x, y]) => grid[y * columns + x] - level);
      const cuts = [];
      for (let k = 0; k < 4; k += 1) {
        const [h, g] = [heights[k], heights[(k + 1) % 4]];
        if (h >= 0 === g >= 0) continue;
        const [[x0, y0], [x1, y1]] = [corners[k], corners[(k + 1) % 4]];
        cuts.push(x0 + ((x1 - x0) * h) / (h - g), y0 + ((y1 - y0) * h) / (h - g));
      }
      if (cuts.length >= 4) draw(...cuts.slice(0, 4));
      if (cuts.length === 8) draw(...cuts.slice(4));
    }
  }
}

function mark(g, kind, x, y, r) {
  if (kind === 0) {
    g.moveTo(x + r, y);
    g.arc(x, y, r, 0, 2 * Math.PI);
  } else {
    g.moveTo(x, y - 1.25 * r);
    g.lineTo(x + 1.15 * r, y + 0.85 * r);
    g.lineTo(x - 1.15 * r, y + 0.85 * r);
    g.closePath();
  }
}

function drawCross({ g, theme }, x, y) {
  g.strokeStyle = theme.bad;
  g.lineWidth = 2.5;
  g.setLineDash([]);
  g.beginPath();
  for (const s of [1, -1]) {
    g.moveTo(x - 6, y - 6 * s);
    g.lineTo(x + 6, y + 6 * s);
  }
  g.stroke();
}

// A note on a plate of paper, in as many lines as it takes to stay inside the box. `y` is the middle of the first line,
// or of the last where there is no room below.
function drawNote({ g, theme, font }, text, x, y, box) {
  g.font = `600 13px ${font}`;
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && g.measureText(longer).width <= box.w - 24) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const width = Math.max(...lines.map((line) => g.measureText(line).width)) + 14;
  const height = 18 * lines.length + 6;
  const left = clamp(x - width / 2, box.x + 4, box.x + box.w - width - 4);
  const top = Math.min(y - 12, box.y + box.h - height - 4);
  g.fillStyle = theme.paper;
  g.globalAlpha = 0.92;
  g.fillRect(left, top, width, height);
  g.globalAlpha = 1;
  g.fillStyle = theme.bad;
  g.textAlign = "left";
  g.textBaseline = "middle";
  lines.forEach((line, k) => g.fillText(line, left + 7, top + 12.5 + 18 * k));
}

function drawFrame({ g, theme, font }, box, axes, panel) {
  const px = (v) => box.x + ((v - axes.x[0]) / (axes.x[1] - axes.x[0])) * box.w;
  const linear = (v) => box.y + box.h - ((v - axes.y[0]) / (axes.y[1] - axes.y[0])) * box.h;
  const py = panel.log ? (v) => box.y + box.h * (1 - Math.log(v / axes.y[0]) / Math.log(axes.y[1] / axes.y[0])) : linear;
  g.font = `12px ${font}`;
  g.fillStyle = theme.soft;
  g.strokeStyle = panel.kind === "curves" ? theme.faint : theme.line;
  g.lineWidth = 1;
  g.setLineDash([]);
  g.textAlign = "right";
  g.textBaseline = "middle";
  for (const v of panel.log ? logTicks(...axes.y) : ticks(...axes.y, Math.max(2, box.h / 50))) {
    const y = Math.round(py(v)) + 0.5;
    g.beginPath();
    g.moveTo(panel.kind === "curves" ? box.x : box.x - 4, y);
    g.lineTo(panel.kind === "curves" ? box.x + box.w : box.x, y);
    g.stroke();
    g.fillText(readable(v).replace("-", "−"), box.x - 8, y);
  }
  g.textAlign = "center";
  g.textBaseline = "top";
  g.strokeStyle = theme.line;
  for (const v of ticks(...axes.x, Math.max(2, box.w / 60), panel.step)) {
    const x = Math.round(px(v)) + 0.5;
    g.beginPath();
    g.moveTo(x, box.y + box.h);
    g.lineTo(x, box.y + box.h + 4);
    g.stroke();
    g.fillText(readable(v).replace("-", "−"), x, box.y + box.h + 7);
  }
  g.fillStyle = theme.ink;
  g.font = `13px ${font}`;
  g.fillText(panel.xLabel, box.x + box.w / 2, box.y + box.h + 24);
  g.save();
  g.translate(box.x - LEFT + 2, box.y + box.h / 2);
  g.rotate(-Math.PI / 2);
  g.fillText(panel.yLabel, 0, 0);
  g.restore();
  return { px, py };
}

function legendOf(panel) {
  return panel.kind === "boundary" ? panel.classes : panel.names;
}

// The legend's entries, as [class or series, left end], row by row from the right of the title on; below it, in as many
// rows as they need, where one is too narrow for both.
function legendRows({ g, font }, width, panel) {
  g.font = `600 14px ${font}`;
  const title = panel.title ? g.measureText(panel.title).width + 20 : 0;
  g.font = `13px ${font}`;
  const widths = legendOf(panel).map((name) => SWATCH[panel.kind] + 6 + g.measureText(name).width);
  const whole = widths.reduce((sum, w) => sum + w + 14, -14);
  let left = title && title + whole <= width ? width - whole : 0;
  const rows = title && !left ? [[], []] : [[]];
  widths.forEach((w, k) => {
    if (left && left + w > width) left = rows.push([]) && 0;
    rows.at(-1).push([k, left]);
    left += w + 14;
  });
  return rows;
}

function drawHead({ g, theme, font }, x, y, panel, rows) {
  const names = legendOf(panel);
  const swatch = SWATCH[panel.kind];
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.fillStyle = theme.ink;
  g.font = `600 14px ${font}`;
  g.fillText(panel.title, x, y + 10);
  g.font = `13px ${font}`;
  rows.forEach((row, n) => {
    const middle = y + 10 + 22 * n;
    for (const [k, at] of row) {
      const left = x + at;
      if (panel.kind === "boundary") {
        g.beginPath();
        mark(g, k, left + 5, middle, 4.5);
        g.fillStyle = theme.classes[k];
        g.fill();
      } else {
        g.strokeStyle = theme.series[k % DASHES.length];
        g.lineWidth = 2;
        g.setLineDash(DASHES[k % DASHES.length]);
        g.beginPath();
        g.moveTo(left, middle);
        g.lineTo(left + swatch, middle);
        g.stroke();
      }
      g.fillStyle = theme.ink;
      g.fillText(names[k], left + swatch + 6, middle + 0.5);
    }
  });
}

function drawCurves(pen, box, panel, { px, py }, note) {
  const { g, theme } = pen;
  const ends = [];
  panel.y.forEach((curve, k) => {
    g.save();
    g.beginPath();
    g.rect(box.x, box.y - 2, box.w + 2, box.h + 4);
    g.clip();
    g.strokeStyle = g.fillStyle = theme.series[k % DASHES.length];
    g.lineWidth = 2;
    g.lineJoin = "round";
    g.setLineDash(DASHES[k % DASHES.length]);
    g.beginPath();
    let [x, y] = [px(panel.start), box.y];
    curve.forEach((v, i) => {
      x = px(panel.start + panel.step * i);
      y = panel.log && v <= 0 ? box.y + box.h : Math.max(py(v), box.y - 1e4);
      g.lineTo(x, y);
      if (curve.length === 1) g.arc(x, y, 2, 0, 7);
    });
    g.stroke();
    g.restore();
    ends.push([x, clamp(y, box.y, box.y + box.h)]);
  });
  if (!note) return;
  for (const [x, y] of ends) drawCross(pen, x, y);
  const [x, y] = ends[0];
  drawNote(pen, note, x + 20, y + (y > box.y + box.h / 2 ? -22 : 24), box);
}

function shades(theme) {
  const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  const [paper, zero, one] = [theme.paper, ...theme.classes].map(rgb);
  const colours = new Uint8ClampedArray(4 * 256);
  for (let i = 0; i < 255; i += 1) {
    const side = Math.abs(i / 127 - 1) * 0.42;
    colours.set([...paper.map((p, k) => p + ((i < 127 ? zero : one)[k] - p) * side), 255], 4 * i);
  }
  return new Uint32Array(colours.buffer);
}

// The points, drawn once for all positions of the slider.
function pointsLayer(panel, box, theme) {
  const dense = Math.max(1, window.devicePixelRatio || 1);
  const key = [box.w, box.h, dense, theme.paper].join();
  const kept = panel.points;
  if (kept.key === key) return kept.layer;
  const layer = document.createElement("canvas");
  Object.assign(layer, { width: Math.round(box.w * dense), height: Math.round(box.h * dense) });
  const g = layer.getContext("2d");
  g.scale(dense, dense);
  const r = clamp(box.w / 110, 2.2, 3.2);
  for (const k of [0, 1]) {
    g.beginPath();
    for (let i = 0; i < panel.labels.length; i += 1) {
      const [x, y] = [kept[2 * i] / 65535, kept[2 * i + 1] / 65535];
      if (panel.labels[i] === String(k)) mark(g, k, x * box.w, (1 - y) * box.h, r);
    }
    g.fillStyle = theme.classes[k];
    g.strokeStyle = theme.paper;
    g.lineWidth = 0.7;
    g.fill();
    g.stroke();
  }
  return Object.assign(kept, { key, layer }).layer;
}

const field = document.createElement("canvas");

function drawBoundary(pen, box, panel, note) {
  const { g, theme } = pen;
  const [rows, columns] = panel.shape;
  const colours = (theme.shades ??= shades(theme));
  const image = new ImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  let finite = 0;
  for (let i = 0; i < panel.p.length; i += 1) {
    pixels[(rows - 1 - Math.floor(i / columns)) * columns + (i % columns)] = colours[panel.p[i]];
    if (panel.p[i] !== 255) finite += 1;
  }
  field.width = columns;
  field.height = rows;
  field.getContext("2d").putImageData(image, 0, 0);
  g.save();
  g.beginPath();
  g.rect(box.x, box.y, box.w, box.h);
  g.clip();
  g.imageSmoothingEnabled = true;
  g.imageSmoothingQuality = "high";
  // Grid nodes lie on the edges of the picture, pixels half a step inside them.
  g.drawImage(field, 0.5, 0.5, columns - 1, rows - 1, box.x, box.y, box.w, box.h);
  const [sx, sy] = [box.w / (columns - 1), box.h / (rows - 1)];
  g.drawImage(pointsLayer(panel, box, theme), box.x, box.y, box.w, box.h);
  g.setLineDash([]);
  if (finite === rows * columns) {
    g.beginPath();
    contour(panel.p, panel.shape, 127, (x0, y0, x1, y1) => {
      g.moveTo(box.x + x0 * sx, box.y + box.h - y0 * sy);
      g.lineTo(box.x + x1 * sx, box.y + box.h - y1 * sy);
    });
    g.strokeStyle = theme.ink;
    g.lineWidth = 1.8;
    g.lineCap = "round";
    g.stroke();
  }
  if (note) {
    g.strokeStyle = theme.bad;
    g.globalAlpha = 0.35;
    g.lineWidth = 1;
    g.beginPath();
    for (let d = -box.h; d < box.w; d += 11) {
      g.moveTo(box.x + d, box.y + box.h);
      g.lineTo(box.x + d + box.h, box.y);
    }
    g.stroke();
    g.globalAlpha = 1;
    const what = finite ? "the last finite boundary" : "no finite boundary";
    drawNote(pen, what, box.x + box.w / 2, box.y + box.h - 22, box);
  }
  g.restore();
}

function drawContours(pen, box, panel, { px, py }, note) {
  const { g, theme } = pen;
  const [rows, columns] = panel.shape;
  const [sx, sy] = [box.w / (columns - 1), box.h / (rows - 1)];
  g.save();
  g.beginPath();
  g.rect(box.x, box.y, box.w, box.h);
  g.clip();
  g.strokeStyle = theme.line;
  g.lineWidth = 1;
  g.setLineDash([]);
  g.beginPath();
  for (const level of panel.levels) {
    contour(panel.z, panel.shape, level, (x0, y0, x1, y1) => {
      g.moveTo(box.x + x0 * sx, box.y + box.h - y0 * sy);
      g.lineTo(box.x + x1 * sx, box.y + box.h - y1 * sy);
    });
  }
  g.stroke();
  let end = [box.x + box.w / 2, box.y + box.h / 2];
  panel.paths.forEach((path, k) => {
    g.strokeStyle = g.fillStyle = theme.series[k % DASHES.length];
    g.lineWidth = 2;
    g.setLineDash(DASHES[k % DASHES.length]);
    g.beginPath();
    for (let i = 0; i < path.length; i += 2) g.lineTo((end = [px(path[i]), py(path[i + 1])])[0], end[1]);
    g.stroke();
    g.setLineDash([]);
    g.beginPath();
    for (let i = 0; i < path.length; i += 2) mark(g, 0, px(path[i]), py(path[i + 1]), i === path.length - 2 ? 4.5 : 2);
    g.fill();
    end = [clamp(end[0], box.x + 8, box.x + box.w - 8), clamp(end[1], box.y + 8, box.y + box.h - 8)];
    if (note) drawCross(pen, ...end);
  });
  if (note) drawNote(pen, note, end[0], end[1] + (end[1] > box.y + box.h / 2 ? -22 : 24), box);
  g.restore();
}

// Draws a result on the canvas, in one row where it is wide enough, and sizes the canvas to it.
function drawResult(pen, result, axes, width, note) {
  const { g, theme } = pen;
  const { canvas } = g;
  const panels = result.panels;
  const columns = width >= 560 ? panels.length : 1;
  const outer = (width - GAP * (columns - 1)) / columns;
  const legends = panels.map((p) => legendRows(pen, outer - LEFT - RIGHT, p));
  const head = 8 + 22 * Math.max(...legends.map((rows) => rows.length));
  const shape = panels.find((p) => p.extent)?.extent;
  const ratio = shape ? (shape[3] - shape[2]) / (shape[1] - shape[0]) : 0.66;
  const plotWidth = outer - LEFT - RIGHT;
  const box = { w: plotWidth, h: Math.round(clamp(plotWidth * ratio, 190, 380)) };
  const outerHeight = head + box.h + FOOT;
  const height = columns > 1 ? outerHeight : panels.length * (outerHeight + 8);
  const dense = Math.max(1, window.devicePixelRatio || 1);
  canvas.style.height = `${height}px`;
  const [w, h] = [Math.round(width * dense), Math.round(height * dense)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  g.setTransform(dense, 0, 0, dense, 0, 0);
  g.clearRect(0, 0, width, height);
  panels.forEach((panel, k) => {
    const left = columns > 1 ? k * (outer + GAP) : 0;
    const top = columns > 1 ? 0 : k * (outerHeight + 8);
    const place = { ...box, x: left + LEFT, y: top + head };
    drawHead(pen, place.x, top, panel, legends[k]);
    const span = panel.extent ? { x: panel.extent.slice(0, 2), y: panel.extent.slice(2) } : axes[k];
    const scales = drawFrame(pen, place, span, panel);
    if (panel.kind === "curves") drawCurves(pen, place, panel, scales, note);
    else if (panel.kind === "boundary") drawBoundary(pen, place, panel, note);
    else drawContours(pen, place, panel, scales, note);
    g.strokeStyle = theme.line;
    g.lineWidth = 1;
    g.setLineDash([]);
    if (panel.kind === "curves") {
      g.beginPath();
      g.moveTo(place.x - 0.5, place.y);
      g.lineTo(place.x - 0.5, place.y + place.h + 0.5);
      g.lineTo(place.x + place.w, place.y + place.h + 0.5);
      g.stroke();
    } else {
      g.strokeRect(place.x - 0.5, place.y - 0.5, place.w + 1, place.h + 1);
    }
  });
}

function isDark() {
  const page = document.documentElement.dataset.theme;
  if (page === "dark" || page === "light") return page === "dark";
  const lab = document.body.dataset.jpThemeLight;
  if (lab) return lab === "false";
  const code = document.body.dataset.vscodeThemeKind;
  if (code) return /dark|high-contrast$/.test(code);
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

// -------------------------------------------------------------------------------------------------------- explorer

function element(parent, tag, attributes = {}, text = "") {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  parent.append(node);
  return node;
}

// The page's address keeps the values, as #lr-explorer?lr=0.1, several explorers joined by ";". `recall` sets the sliders
// from it, if it names this explorer; `remember` replaces it, without a step in the history, once the slider rests.
function addressOf(id, inputs, fine) {
  const fragments = () => location.hash.slice(1).split(";").filter((part) => part.includes("?"));
  const isMine = (part) => part.startsWith(`${id}?`);
  const link = () => {
    const values = inputs.map(({ input, control }) => {
      const value = valueAt(control, Number(input.value));
      return `${control.name}=${encodeURIComponent(value)}`;
    });
    return `#${[...fragments().filter((part) => !isMine(part)), `${id}?${values.join("&")}`].join(";")}`;
  };
  const recall = () => {
    const mine = fragments().find(isMine);
    const wanted = new URLSearchParams(mine?.slice(id.length + 1));
    for (const { input, control } of inputs) {
      const place = wanted.has(control.name) ? placeOf(control, wanted.get(control.name), fine) : -1;
      if (place >= 0) input.value = place;
    }
    return mine !== undefined;
  };
  let timer = 0;
  const remember = () => {
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(history.state, "", link()), 200);
  };
  return { link, recall, remember };
}

// The elements of an explorer, below whatever the root holds.
function build(root, id, controls, engine) {
  const canvas = element(root, "canvas", { role: "img" });
  const panel = element(root, "div", { class: "nx-controls" });
  const inputs = controls.map((control) => {
    const box = element(panel, "div");
    const head = element(box, "div", { class: "nx-head" });
    const name = `${id}-${control.name}`;
    element(head, "label", { for: name }, control.label);
    const shown = element(head, "span", { class: "nx-value", "aria-hidden": "true" });
    const isChoice = control.kind === "choice";
    const step = engine.fine && !isChoice ? 1 / FINE : 1;
    const input = element(box, "input", { type: "range", id: name, min: 0, max: control.values.length - 1, step });
    input.value = control.default;
    const ends = element(box, "div", { class: "nx-ends", "aria-hidden": "true" });
    const marks = isChoice ? control.labels : [control.labels[0], control.labels.at(-1)];
    for (const text of marks) element(ends, "span", {}, text);
    return { input, shown, control };
  });
  const foot = element(root, "div", { class: "nx-foot" });
  const output = element(foot, "output", { for: inputs.map((i) => i.input.id).join(" "), "aria-live": "polite" });
  if (engine.fine) element(foot, "span", { class: "nx-busy" }, "running …");
  const reset = element(foot, "button", { type: "button" }, "Reset");
  const copy = engine.linked && navigator.clipboard ? element(foot, "button", { type: "button" }, "Copy link") : null;
  const error = element(foot, "p", { class: "nx-error", role: "alert", hidden: "" });
  return { canvas, inputs, output, reset, copy, error };
}

// An engine runs values: `run(values, places)` gives a result or a promise of one. `fine`: the slider also stops between
// the stored positions. `linked`: the page's address keeps the state. `seen`: the results known beforehand, from which
// the axes are taken; `first`: the one of the defaults, where it need not be run.
function mount(root, spec, engine) {
  root.dataset.ready = "";
  let id = spec.id;
  for (let k = 2; document.getElementById(id) && document.getElementById(id) !== root; k += 1) id = `${spec.id}-${k}`;
  root.id = id;
  root.querySelectorAll(":scope > img").forEach((img) => img.remove());
  const style = "nnlib-explorer-style";
  if (!document.getElementById(style)) element(document.head, "style", { id: style }, CSS);
  const { controls } = spec;
  const { canvas, inputs, output, reset, copy, error } = build(root, id, controls, engine);
  const seen = [...engine.seen];
  let axes = [];
  let now = null;

  function learnAxes() {
    axes = seen[0].panels.map((first, k) => {
      const same = seen.map((r) => ({ panel: r.panels[k], diverged: r.diverged })).filter((p) => p.panel);
      return first.kind === "curves" ? curveAxes(same) : null;
    });
  }

  function draw() {
    const width = root.clientWidth;
    if (!now || !width) return;
    const dark = isDark();
    root.toggleAttribute("data-dark", dark);
    const note = now.result.diverged ? `diverged at ${now.heading}` : "";
    const theme = dark ? DARK : LIGHT;
    const colours = { ink: theme.ink, soft: theme.soft, bad: theme.bad, accent: theme.classes[0] };
    for (const [name, colour] of Object.entries(colours)) root.style.setProperty(`--nx-${name}`, colour);
    const pen = { g: canvas.getContext("2d"), theme, font: getComputedStyle(root).fontFamily };
    drawResult(pen, now.result, axes, width, note);
  }

  function show(result, heading) {
    now = { result, heading };
    output.textContent = result.text ? `${heading}: ${result.text}` : heading;
    const end = result.diverged ? " The run diverged." : "";
    canvas.setAttribute("aria-label", `${heading}. ${result.panels.map((p) => p.about).join(". ")}.${end}`);
    error.hidden = true;
    draw();
  }

  // One run at a time, and after it the latest wish: a slow engine never works through a queue of old positions.
  let wish = null;
  let busy = false;

  function ask(first) {
    const places = inputs.map(({ input }) => Number(input.value));
    const values = controls.map((control, k) => valueAt(control, places[k]));
    inputs.forEach(({ input, shown }, k) => {
      shown.textContent = readable(values[k]);
      input.setAttribute("aria-valuetext", readable(values[k]));
    });
    wish = { values, places, heading: controls.map((c, k) => `${c.label} ${readable(values[k])}`).join(", ") };
    if (!busy) serve(first);
  }

  function serve(first) {
    while (wish) {
      const { values, places, heading } = wish;
      wish = null;
      let result;
      if (first && engine.first) result = engine.first;
      else result = engine.run(Object.fromEntries(controls.map((c, k) => [c.name, values[k]])), places);
      if (result instanceof Promise) {
        busy = true;
        root.setAttribute("aria-busy", "true");
        const done = (after) => {
          busy = Boolean(wish);
          after();
          if (busy) serve();
          else root.removeAttribute("aria-busy");
        };
        result.then(
          (r) => done(() => {
            seen.push(r);
            learnAxes();
            show(r, heading);
          }),
          (e) => done(() => {
            error.textContent = `${heading}: ${e.message}`;
            error.hidden = false;
          }));
        return;
      }
      show(result, heading);
    }
  }

  const address = engine.linked ? addressOf(id, inputs, engine.fine) : null;

  function moved() {
    ask();
    address?.remember();
  }

  function toDefault() {
    for (const { input, control } of inputs) input.value = control.default;
    moved();
  }

  for (const { input } of inputs) {
    input.addEventListener("input", moved);
    input.addEventListener("dblclick", toDefault);
    // JupyterLab would take them for moves between cells.
    input.addEventListener("keydown", (event) => /^(Arrow|Page|Home|End)/.test(event.key) && event.stopPropagation());
  }
  reset.addEventListener("click", toDefault);
  copy?.addEventListener("click", async () => {
    await navigator.clipboard.writeText(location.href.split("#")[0] + address.link());
    copy.textContent = "Copied";
    setTimeout(() => { copy.textContent = "Copy link"; }, 1500);
  });

  learnAxes();
  const linked = Boolean(address?.recall());
  ask(!linked);
  if (linked) requestAnimationFrame(() => root.scrollIntoView({ block: "center" }));

  const stop = new AbortController();
  addEventListener("hashchange", () => address?.recall() && ask(), { signal: stop.signal });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw, { signal: stop.signal });
  addEventListener("resize", draw, { signal: stop.signal });
  addEventListener("beforeprint", draw, { signal: stop.signal });
  let width = root.clientWidth;
  const sizes = new ResizeObserver(() => {
    if (root.clientWidth !== width) draw();
    width = root.clientWidth;
  });
  sizes.observe(root);
  const themes = new MutationObserver(draw);
  themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  themes.observe(document.body, { attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind"] });
  return () => {
    stop.abort();
    sizes.disconnect();
    themes.disconnect();
  };
}

// In a page: every position has been run; its index counts through the controls, the last moving fastest.
function mountPage() {
  const here = document.currentScript?.closest(".nnlib-explorer");
  for (const root of new Set([here, ...document.querySelectorAll(".nnlib-explorer")])) {
    const stored = root?.querySelector(":scope > script[type='application/json']");
    if (!stored || "ready" in root.dataset) continue;
    const spec = JSON.parse(stored.textContent);
    const seen = unpack(spec);
    const sizes = spec.controls.map((control) => control.values.length);
    const run = (values, places) => seen[places.reduce((index, place, k) => index * sizes[k] + place, 0)];
    mount(root, spec, { run, seen, fine: false, linked: true });
  }
}

// In a notebook (anywidget): the kernel runs any value.
function render({ model, el }) {
  const spec = structuredClone(model.get("spec"));
  const waiting = new Map();
  const view = Math.random().toString(36).slice(2);
  let count = 0;
  const answer = (message) => {
    const promise = waiting.get(message.id);
    if (!promise) return;
    waiting.delete(message.id);
    if (message.error) promise.reject(new Error(message.error));
    else promise.resolve(unpack(message)[0]);
  };
  model.on("msg:custom", answer);
  const run = (values) => new Promise((resolve, reject) => {
    count += 1;
    const id = `${view}-${count}`;
    waiting.set(id, { resolve, reject });
    model.send({ id, values });
  });
  const root = element(el, "div", { class: "nnlib-explorer" });
  const seen = unpack(spec);
  const stop = mount(root, spec, { run, seen, first: seen[0], fine: true, linked: false });
  return () => {
    model.off("msg:custom", answer);
    stop();
  };
}

export default { render, mountPage };
