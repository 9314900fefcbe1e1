// What scrolls in a box of its own can be scrolled by keys: the box is a stop of the Tab key, as long as it scrolls. Code
// scrolls downwards as well where it has a box of limited height.
addEventListener("load", async () => {
    const boxes = new ResizeObserver((changed) => {
        const stops = changed.map(({ target }) => {
            // a pixel more is rounding
            const wide = target.scrollWidth > target.clientWidth + 1;
            const tall = target.tagName === "PRE" && target.scrollHeight > target.clientHeight + 1;
            return [target, wide || tall ? 0 : -1];
        });
        for (const [box, stop] of stops) {
            if (box.tabIndex !== stop) box.tabIndex = stop;
        }
    });
    const observe = () => {
        boxes.disconnect(); // asked anew, it tells of each box
        const scrolls = "pre, .cell_output > .output, .pst-scrollable-table-container, span.math";
        const all = `article :is(${scrolls}, mjx-container[display="true"])`;
        document.querySelectorAll(all).forEach((box) => boxes.observe(box));
    };
    observe();
    await globalThis.formulas?.there;
    // With its font a formula has another width, in a box that stays as it was.
    document.fonts.addEventListener("loadingdone", observe);
    await document.fonts.ready;
    observe();
});
