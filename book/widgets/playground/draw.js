// Draws the playground's pictures: the boundary, the losses, the units with their weights.
(() => {
  const widgets = globalThis.nnlibWidgets;
  const { ticks, logTicks, readable, clamp } = widgets.explorer.pure;
  const { contour, borders, pixel, ramp, thinned, logRange } = widgets.playground.pure;

  const PALE = 0.4; // how strong a class colors the ground under its points
  const LEFT = 46;
  const FOOT = 40;
  const TOP = 6;
  const RIGHT = 8;
  const FONT = "system-ui, sans-serif";
  const STRIP = 12; // px, of a unit's weights at least

  // The colors that a page has now, with tables from values to pixels.
  function tables(theme) {
    const digits = [
      ...theme.classes, ...theme.series.slice(0, 3), theme.series[5], theme.bad, theme.series[4], theme.backward, theme.accent,
    ];
    const [zero, one] = theme.classes;
    return {
      ...theme,
      digits,
      sure: ramp(zero, theme.paper, one, PALE),
      strong: ramp(zero, theme.paper, one, 0.9),
      grounds: digits.map((color) => Uint32Array.from({ length: 256 }, (_, k) => pixel(theme.paper, color, (PALE * k) / 255))),
    };
  }

  // Makes a canvas as sharp as the screen; what is drawn is measured in CSS pixels.
  function sized(canvas, width, height) {
    const ratio = globalThis.devicePixelRatio || 1;
    const [w, h] = [width, height].map((length) => Math.round(length * ratio));
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    return pen;
  }

  function sheet(side) {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: side, height: side });
    const pen = canvas.getContext("2d");
    const image = pen.createImageData(side, side);
    return {
      canvas,
      pixels: new Uint32Array(image.data.buffer),
      show: () => pen.putImageData(image, 0, 0),
    };
  }

  function strokes(pen, pieces, box) {
    pen.beginPath();
    for (let k = 0; k < pieces.length; k += 4) {
      pen.moveTo(box.x + pieces[k] * box.w, box.y + pieces[k + 1] * box.h);
      pen.lineTo(box.x + pieces[k + 2] * box.w, box.y + pieces[k + 3] * box.h);
    }
    pen.stroke();
  }

  // ---- the boundary

  function drawPoints(pen, about, colors, box) {
    const { points, labels, training, classes, extent: [x0, x1, y0, y1] } = about;
    const r = box.w < 300 ? 2.4 : 3;
    pen.lineWidth = 1;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (let i = 0; i < labels.length; i += 1) {
      const x = box.x + ((points[2 * i] - x0) / (x1 - x0)) * box.w;
      const y = box.y + ((y1 - points[2 * i + 1]) / (y1 - y0)) * box.h;
      const [k, seen] = [labels[i], i < training];
      if (classes > 2) {
        pen.font = `${seen ? "600 " : ""}${r * 3.6}px ${FONT}`;
        pen.fillStyle = colors.digits[k];
        pen.globalAlpha = seen ? 1 : 0.6;
        pen.fillText(String(k), x, y);
        continue;
      }
      pen.beginPath();
      if (k === 0) {
        pen.arc(x, y, r, 0, 2 * Math.PI);
      } else {
        pen.moveTo(x, y - 1.3 * r);
        pen.lineTo(x + 1.2 * r, y + 0.9 * r);
        pen.lineTo(x - 1.2 * r, y + 0.9 * r);
        pen.closePath();
      }
      pen.fillStyle = seen ? colors.classes[k] : colors.paper;
      pen.strokeStyle = seen ? colors.paper : colors.classes[k];
      pen.fill();
      pen.stroke();
    }
    pen.globalAlpha = 1;
  }

  function axes(pen, colors, box, { x: [x0, x1], y: [y0, y1], log, names }) {
    pen.font = `12px ${FONT}`;
    pen.lineWidth = 1;
    pen.setLineDash([]);
    pen.fillStyle = colors.soft;
    pen.strokeStyle = colors.line;
    pen.strokeRect(box.x + 0.5, box.y + 0.5, box.w - 1, box.h - 1);
    const high = log ? (v) => Math.log(v / y0) / Math.log(y1 / y0) : (v) => (v - y0) / (y1 - y0);
    const mark = (x, y, dx, dy) => {
      pen.beginPath();
      pen.moveTo(x, y);
      pen.lineTo(x + dx, y + dy);
      pen.stroke();
    };
    pen.textAlign = "center";
    pen.textBaseline = "top";
    const bottom = box.y + box.h;
    for (const v of ticks(x0, x1, Math.max(3, box.w / 50), log ? 1 : 0)) {
      const x = Math.round(box.x + ((v - x0) / (x1 - x0)) * box.w) + 0.5;
      mark(x, bottom, 0, 4);
      pen.fillText(readable(v), Math.min(x, box.x + box.w - 4), bottom + 6);
    }
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const v of log ? logTicks(y0, y1) : ticks(y0, y1, Math.max(2, box.h / 55))) {
      const y = Math.round(bottom - high(v) * box.h) + 0.5;
      mark(box.x, y, -4, 0);
      pen.fillText(readable(v), box.x - 7, clamp(y, box.y + 5, bottom - 5));
    }
    pen.fillStyle = colors.ink;
    pen.textAlign = "center";
    pen.textBaseline = "bottom";
    pen.fillText(names[0], box.x + box.w / 2, bottom + FOOT - 2);
    pen.save();
    pen.translate(11, box.y + box.h / 2);
    pen.rotate(-Math.PI / 2);
    pen.textBaseline = "middle";
    pen.fillText(names[1], 0, 0);
    pen.restore();
    return high;
  }

  // Returns a function that draws a frame on this canvas; what does not change is kept between two.
  function fieldOn(canvas) {
    let ground = sheet(1);
    const fixed = document.createElement("canvas");
    let key = [];
    return (frame, about, colors) => {
      const width = canvas.clientWidth;
      const inner = width - LEFT - RIGHT;
      const height = inner + TOP + FOOT;
      canvas.style.height = `${height}px`;
      const pen = sized(canvas, width, height);
      const box = { x: LEFT, y: TOP, w: inner, h: inner };
      const unit = frame.chosen ?? null;
      const whole = unit === null ? frame.p : frame.unit ?? null;
      const side = whole ? frame.side : about.unitSide;
      if (ground.canvas.width !== side) ground = sheet(side);
      paint(ground.pixels, frame, about, colors, unit);
      ground.show();
      pen.fillStyle = colors.paper;
      pen.fillRect(0, 0, width, height);
      pen.imageSmoothingEnabled = !frame.winner || unit !== null;
      pen.imageSmoothingQuality = "high";
      pen.drawImage(ground.canvas, box.x, box.y, box.w, box.h);
      const now = [about, colors, width, globalThis.devicePixelRatio];
      if (now.some((part, k) => part !== key[k])) {
        key = now;
        const still = sized(fixed, width, height);
        still.clearRect(0, 0, width, height);
        drawPoints(still, about, colors, box);
        const [x0, x1, y0, y1] = about.extent;
        axes(still, colors, box, { x: [x0, x1], y: [y0, y1], log: false, names: ["x₁", "x₂"] });
      }
      pen.drawImage(fixed, 0, 0, width, height);
      pen.strokeStyle = colors.ink;
      pen.lineWidth = frame.winner ? 1 : 2;
      if (unit === null) {
        strokes(pen, frame.winner ? borders(frame.winner, side) : contour(frame.p, side, 0.5), box);
      }
    };
  }

  function paint(pixels, frame, about, colors, unit) {
    if (unit === null) {
      const { p, winner } = frame;
      for (let i = 0; i < pixels.length; i += 1) {
        pixels[i] = winner ? colors.grounds[winner[i]][Math.round(255 * p[i])] : colors.sure[Math.round(255 * p[i])];
      }
    } else if (frame.unit) {
      let most = 1e-12;
      for (const v of frame.unit) most = Math.max(most, Math.abs(v));
      for (let i = 0; i < pixels.length; i += 1) pixels[i] = colors.strong[Math.round(128 + (127 * frame.unit[i]) / most)];
    } else {
      const start = unit * pixels.length;
      for (let i = 0; i < pixels.length; i += 1) pixels[i] = colors.strong[frame.units[start + i]];
    }
  }

  // ---- the losses

  const LINES = [["training", 0, []], ["validation", 2, [6, 3]]]; // name, column of the history, dashes

  function drawLosses(canvas, history, colors) {
    const width = canvas.clientWidth;
    const height = Math.round(clamp(width * 0.72, 200, 340));
    canvas.style.height = `${height}px`;
    const pen = sized(canvas, width, height);
    const box = { x: LEFT, y: TOP, w: width - LEFT - RIGHT, h: height - TOP - FOOT };
    pen.fillStyle = colors.paper;
    pen.fillRect(0, 0, width, height);
    const epochs = history[0].length;
    const x = [1, Math.max(epochs, 10)];
    const y = logRange(history[0], history[2]);
    const high = axes(pen, colors, box, { x, y, log: true, names: ["epoch", "loss"] });
    pen.save();
    pen.beginPath();
    pen.rect(box.x, box.y, box.w, box.h);
    pen.clip();
    pen.lineWidth = 1.8;
    pen.lineJoin = "round";
    LINES.forEach(([, column, dashes], k) => {
      pen.strokeStyle = colors.series[k];
      pen.setLineDash(dashes);
      pen.beginPath();
      for (const [epoch, value] of thinned(history[column], Math.round(box.w))) {
        pen.lineTo(box.x + (epoch / (x[1] - x[0])) * box.w, box.y + box.h - high(Math.max(value, y[0] / 2)) * box.h);
      }
      pen.stroke();
    });
    pen.restore();
    pen.setLineDash([]);
  }

  // ---- units and weights

  // px, of a weight in a unit's strip
  const cellHeight = (n) => (n * 6 <= 48 ? Math.max(6, STRIP / n) : n <= 16 ? 3 : 2);

  // Returns a function that draws a frame's units on pairs of canvases, { strip, picture }, in their order.
  function unitsOn(about, cards) {
    const size = about.unitSide;
    const pens = cards.map(({ strip, picture }) => [strip, picture].map((canvas) => canvas.getContext("2d")));
    const picture = new ImageData(size, size);
    const pixels = new Uint32Array(picture.data.buffer);
    const strips = about.shapes.map(([nIn]) => new ImageData(1, nIn));
    const cells = strips.map(({ data }) => new Uint32Array(data.buffer));
    return (frame, colors) => {
      let number = 0;
      about.shapes.forEach(([nIn, nOut], layer) => {
        const start = about.places[layer];
        let most = 1e-12;
        for (let k = start; k < start + nIn * nOut; k += 1) most = Math.max(most, Math.abs(frame.theta[k]));
        for (let unit = 0; unit < nOut; unit += 1) {
          const [strip, small] = pens[number];
          const from = number * pixels.length;
          for (let i = 0; i < pixels.length; i += 1) pixels[i] = colors.strong[frame.units[from + i]];
          small.putImageData(picture, 0, 0);
          for (let k = 0; k < nIn; k += 1) {
            const share = frame.theta[start + k * nOut + unit] / most;
            cells[layer][k] = colors.strong[Math.round(128 + 127 * (share || 0))];
          }
          strip.putImageData(strips[layer], 0, 0);
          number += 1;
        }
      });
    };
  }

  widgets.playground = { ...widgets.playground, draw: { tables, fieldOn, drawLosses, unitsOn, cellHeight, LINES } };
})();
