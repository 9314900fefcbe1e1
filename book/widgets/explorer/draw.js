// Draws a result of an explorer on its canvas.
(() => {
  const widgets = globalThis.nnlibWidgets;
  const { clamp, readable, ticks, logTicks, isClosed, exits, thinned, grain } = widgets.explorer.pure;

  // One more than there are colors, so that no two of the first 42 curves look the same.
  const DASHES = [[], [6, 3], [2, 2.5], [8, 3, 2, 3], [12, 4], [7, 3, 2, 3, 2, 3], [2, 8]];
  const WIDE = 560; // from here on panels stand side by side
  const GAP = 24;
  const FOOT = 42;
  const LEFT = 66;
  const RIGHT = 10;
  const HEAD = 8; // between a panel's head and its plot
  const APART = 16; // triangles nearer to one another say nothing more

  // Where everything stands, for a width, and the room that a head of the panels may take.
  function layout(panels, width) {
    const columns = width >= WIDE ? panels.length : 1;
    const outer = (width - GAP * (columns - 1)) / columns;
    const plot = outer - LEFT - RIGHT;
    const extent = panels.find((panel) => panel.extent)?.extent;
    const ratio = extent ? (extent[3] - extent[2]) / (extent[1] - extent[0]) : 0.66;
    const height = Math.round(clamp(plot * ratio, 190, 380));
    return {
      lefts: panels.map((_, k) => (columns > 1 ? k * (outer + GAP) : 0) + LEFT),
      plot: { w: plot, h: height },
      // The tops of the panels and the whole height, once the heads' heights are known.
      under(heads) {
        const rows = columns > 1 ? heads.map(() => Math.max(...heads)) : heads;
        const tops = [];
        let bottom = 0;
        for (const head of rows) {
          tops.push(columns > 1 ? 0 : bottom);
          bottom = tops.at(-1) + head + HEAD + height + FOOT + (columns > 1 ? 0 : 8);
        }
        return { heads: rows, tops, height: bottom };
      },
    };
  }

  function trace(g, points) {
    g.beginPath();
    for (const [x, y] of points) g.lineTo(x, y);
  }

  function circle(g, x, y, r) {
    g.moveTo(x + r, y);
    g.arc(x, y, r, 0, 2 * Math.PI);
  }

  function triangle(g, x, y, r) {
    g.moveTo(x, y - 1.25 * r);
    g.lineTo(x + 1.15 * r, y + 0.85 * r);
    g.lineTo(x - 1.15 * r, y + 0.85 * r);
    g.closePath();
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

  // Triangles at the edge, where a line goes on outside the picture: their tips point out of it.
  function drawExits({ g, theme }, found, color, box) {
    const turn = { top: 0, right: 0.5, bottom: 1, left: 1.5 };
    const marked = [];
    for (const { x, y, side } of found) {
      if (marked.some((other) => Math.hypot(other.x - x, other.y - y) < APART)) continue;
      marked.push({ x, y });
      g.save();
      g.translate(clamp(x, box.x + 7, box.x + box.w - 7), clamp(y, box.y + 7, box.y + box.h - 7));
      g.rotate(turn[side] * Math.PI);
      g.beginPath();
      triangle(g, 0, 0, 5.5);
      g.fillStyle = color;
      g.strokeStyle = theme.paper;
      g.lineWidth = 1;
      g.setLineDash([]);
      g.fill();
      g.stroke();
      g.restore();
    }
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

  // Axes, ticks and labels; returns the scales [from a value of x to a pixel, the same for y].
  function drawFrame({ g, theme, font }, box, axes, panel) {
    const px = (v) => box.x + ((v - axes.x[0]) / (axes.x[1] - axes.x[0])) * box.w;
    const linear = (v) => box.y + box.h - ((v - axes.y[0]) / (axes.y[1] - axes.y[0])) * box.h;
    const log = (v) => box.y + box.h * (1 - Math.log(v / axes.y[0]) / Math.log(axes.y[1] / axes.y[0]));
    const py = panel.log ? log : linear;
    const curves = panel.kind === "curves";
    g.font = `12px ${font}`;
    g.fillStyle = theme.soft;
    g.strokeStyle = curves ? theme.faint : theme.line;
    g.lineWidth = 1;
    g.lineJoin = "miter"; // the last drawing may have left another
    g.setLineDash([]);
    g.textAlign = "right";
    g.textBaseline = "middle";
    for (const v of panel.log ? logTicks(...axes.y) : ticks(...axes.y, Math.max(2, box.h / 50))) {
      const y = Math.round(py(v)) + 0.5;
      trace(g, [[curves ? box.x : box.x - 4, y], [curves ? box.x + box.w : box.x, y]]);
      g.stroke();
      g.fillText(readable(v), box.x - 8, y);
    }
    g.textAlign = "center";
    g.textBaseline = "top";
    g.strokeStyle = theme.line;
    for (const v of ticks(...axes.x, Math.max(2, box.w / 60), panel.step)) {
      const x = Math.round(px(v)) + 0.5;
      trace(g, [[x, box.y + box.h], [x, box.y + box.h + 4]]);
      g.stroke();
      const text = readable(v);
      const last = box.x + box.w + RIGHT - 2 - g.measureText(text).width / 2; // the canvas ends there
      g.fillText(text, Math.min(x, last), box.y + box.h + 7);
    }
    g.fillStyle = theme.ink;
    g.font = `13px ${font}`;
    g.fillText(panel.xLabel, box.x + box.w / 2, box.y + box.h + 24);
    g.save();
    g.translate(box.x - LEFT + 2, box.y + box.h / 2);
    g.rotate(-Math.PI / 2);
    g.fillText(panel.yLabel, 0, 0);
    g.restore();
    g.strokeStyle = theme.line;
    if (curves) {
      trace(g, [[box.x - 0.5, box.y], [box.x - 0.5, box.y + box.h + 0.5], [box.x + box.w, box.y + box.h + 0.5]]);
      g.stroke();
    } else {
      g.strokeRect(box.x - 0.5, box.y - 0.5, box.w + 1, box.h + 1);
    }
    return [px, py];
  }

  function startSeries({ g, theme }, k) {
    g.strokeStyle = g.fillStyle = theme.series[k % theme.series.length];
    g.lineWidth = 2;
    g.lineJoin = "round";
    g.setLineDash(DASHES[k % DASHES.length]);
  }

  function clipTo(g, box, margin) {
    g.save();
    g.beginPath();
    g.rect(box.x - margin, box.y - margin, box.w + 2 * margin, box.h + 2 * margin);
    g.clip();
  }

  // `hidden`: the names that are not drawn. Returns what lies outside the picture, as [name, way, side] of exits().
  function drawCurves(pen, box, panel, [px, py], note, hidden) {
    const { g } = pen;
    const far = 1e4; // canvases draw badly what is much farther out
    const ends = [];
    const left = [];
    panel.y.forEach((curve, k) => {
      if (hidden.has(panel.names[k]) || !curve.length) return;
      const line = curve.map((v, i) => [
        px(panel.start + panel.step * i),
        panel.log && v <= 0 ? box.y + box.h + far : clamp(py(v), box.y - far, box.y + box.h + far),
      ]);
      startSeries(pen, k);
      clipTo(g, box, 2);
      trace(g, thinned(line));
      if (line.length === 1) circle(g, ...line[0], 2);
      g.stroke();
      g.restore();
      const found = exits(line, box);
      drawExits(pen, found, g.fillStyle, box);
      left.push(...found.map(({ way, side }) => [panel.names[k], way, side]));
      const [x, y] = line.at(-1);
      ends.push([x, clamp(y, box.y, box.y + box.h)]);
    });
    if (note) {
      for (const end of ends) drawCross(pen, ...end);
      const [x, y] = ends[0] ?? [box.x, box.y];
      drawNote(pen, note, x + 20, y + (y > box.y + box.h / 2 ? -22 : 24), box);
    }
    return left;
  }

  // The 256 colors of a boundary's field: class 0, paper, class 1, and nothing where there is no number.
  function shades(theme) {
    const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
    const [paper, zero, one] = [theme.paper, ...theme.classes].map(rgb);
    const colors = new Uint8ClampedArray(4 * 256);
    for (let i = 0; i < 255; i += 1) {
      const side = Math.abs(i / 127 - 1) * 0.42;
      colors.set([...paper.map((p, k) => p + ((i < 127 ? zero : one)[k] - p) * side), 255], 4 * i);
    }
    return new Uint32Array(colors.buffer);
  }

  // The points, drawn once for all positions of the slider.
  function pointsLayer(panel, box, { theme, dense }) {
    const key = [box.w, box.h, dense, theme.paper].join();
    const kept = panel.points;
    if (kept.key === key) return kept.layer;
    const layer = document.createElement("canvas");
    Object.assign(layer, { width: Math.round(box.w * dense), height: Math.round(box.h * dense) });
    const g = layer.getContext("2d");
    g.scale(dense, dense);
    const few = panel.labels.length <= 12;
    const r = few ? 6 : clamp(box.w / 110, 2.2, 3.2);
    for (const k of [0, 1]) {
      g.beginPath();
      for (let i = 0; i < panel.labels.length; i += 1) {
        const [x, y] = [kept[2 * i] / 65535, kept[2 * i + 1] / 65535];
        if (panel.labels[i] === String(k)) (k ? triangle : circle)(g, x * box.w, (1 - y) * box.h, r);
      }
      g.fillStyle = theme.classes[k];
      g.strokeStyle = theme.paper;
      g.lineWidth = few ? 1.2 : 0.7;
      g.fill();
      g.stroke();
    }
    return Object.assign(kept, { key, layer }).layer;
  }

  // A stored line, in shares of the picture, as pixels.
  function placed(line, box) {
    const points = [];
    for (let i = 0; i < line.length; i += 2) {
      points.push([box.x + (line[i] / 65535) * box.w, box.y + box.h - (line[i + 1] / 65535) * box.h]);
    }
    return points;
  }

  // Dots all over the side of class 1, which without colors is told by them.
  function drawGrain({ g, theme }, box, panel) {
    g.fillStyle = theme.classes[1];
    g.beginPath();
    for (const [x, y] of grain(panel, box)) circle(g, x, y, 0.9);
    g.fill();
  }

  let field = null;

  function drawBoundary(pen, box, panel, scales, note) {
    const { g, theme } = pen;
    const [rows, columns] = panel.shape;
    const colors = (theme.shades ??= shades(theme));
    const image = new ImageData(columns, rows);
    const pixels = new Uint32Array(image.data.buffer);
    let finite = true;
    for (let i = 0; i < panel.p.length; i += 1) {
      pixels[(rows - 1 - Math.floor(i / columns)) * columns + (i % columns)] = colors[panel.p[i]];
      finite &&= panel.p[i] !== 255;
    }
    field ??= document.createElement("canvas");
    Object.assign(field, { width: columns, height: rows });
    field.getContext("2d").putImageData(image, 0, 0);
    clipTo(g, box, 0);
    g.imageSmoothingEnabled = true;
    g.imageSmoothingQuality = "high";
    // Grid nodes lie on the edges of the picture, pixels half a step inside them.
    g.drawImage(field, 0.5, 0.5, columns - 1, rows - 1, box.x, box.y, box.w, box.h);
    drawGrain(pen, box, panel);
    g.drawImage(pointsLayer(panel, box, pen), box.x, box.y, box.w, box.h);
    g.setLineDash([]);
    g.strokeStyle = theme.ink;
    g.lineWidth = 1.8;
    g.lineJoin = "round";
    for (const line of panel.lines) {
      trace(g, placed(line, box));
      g.stroke();
    }
    if (note) {
      g.strokeStyle = theme.bad;
      g.globalAlpha = 0.35;
      g.lineWidth = 1;
      for (let d = -box.h; d < box.w; d += 11) {
        trace(g, [[box.x + d, box.y + box.h], [box.x + d + box.h, box.y]]);
        g.stroke();
      }
      g.globalAlpha = 1;
      const boundary = panel.lines.length ? "the last finite boundary" : "no boundary in the picture";
      drawNote(pen, finite ? boundary : "no finite boundary", box.x + box.w / 2, box.y + box.h - 22, box);
    }
    g.restore();
    return [];
  }

  function drawContours(pen, box, panel, [px, py], note, hidden) {
    const { g, theme } = pen;
    const left = [];
    const found = [];
    clipTo(g, box, 0);
    g.strokeStyle = theme.line;
    g.lineWidth = 1;
    g.lineJoin = "round";
    g.setLineDash([]);
    for (const line of panel.lines) {
      trace(g, placed(line, box));
      g.stroke();
    }
    let end = [box.x + box.w / 2, box.y + box.h / 2];
    panel.paths.forEach((path, k) => {
      if (hidden.has(panel.names[k]) || !path.length) return;
      const line = [];
      for (let i = 0; i < path.length; i += 2) line.push([px(path[i]), py(path[i + 1])]);
      startSeries(pen, k);
      trace(g, line);
      g.stroke();
      g.setLineDash([]);
      g.beginPath();
      const last = isClosed(line) ? -1 : line.length - 1;
      line.forEach((point, i) => circle(g, ...point, i === last ? 4.5 : 2));
      g.fill();
      const crossed = exits(line, box);
      found.push([crossed, g.fillStyle]);
      left.push(...crossed.map(({ way, side }) => [panel.names[k], way, side]));
      end = [clamp(line.at(-1)[0], box.x + 8, box.x + box.w - 8), clamp(line.at(-1)[1], box.y + 8, box.y + box.h - 8)];
      if (note) drawCross(pen, ...end);
    });
    for (const [crossed, color] of found) drawExits(pen, crossed, color, box);
    if (note) drawNote(pen, note, end[0], end[1] + (end[1] > box.y + box.h / 2 ? -22 : 24), box);
    g.restore();
    return left;
  }

  // Draws the panels where `place`, made by layout(…).under(…), says, and sizes the canvas to them. `hidden` holds a set of
  // names for each panel, `pen.dense` the pixels of the canvas to one of the page. Returns what lies outside each panel's
  // picture, as [name, way, side].
  function drawResult(pen, panels, axes, at, place, width, note, hidden) {
    const { g, dense } = pen;
    const { canvas } = g;
    canvas.style.height = `${place.height}px`;
    const [w, h] = [Math.round(width * dense), Math.round(place.height * dense)];
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    g.setTransform(dense, 0, 0, dense, 0, 0);
    g.clearRect(0, 0, width, place.height);
    const draw = { curves: drawCurves, boundary: drawBoundary, contours: drawContours };
    return panels.map((panel, k) => {
      const box = { ...at.plot, x: at.lefts[k], y: place.tops[k] + place.heads[k] + HEAD };
      const span = panel.extent ? { x: panel.extent.slice(0, 2), y: panel.extent.slice(2) } : axes[k];
      const scales = drawFrame(pen, box, span, panel);
      return draw[panel.kind](pen, box, panel, scales, note, hidden[k]);
    });
  }

  widgets.explorer.drawing = { DASHES, layout, drawResult };
})();
