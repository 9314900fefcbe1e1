// What scrolls in a box of its own can be scrolled by keys: the box is a stop of the Tab key, as long as it scrolls.
// The theme sees to code and tables when the page is loaded or resized; here, when a fold is opened, too, and formulas.
// Code scrolls downwards as well where it has a box of limited height.
addEventListener("load", async () => {
    const boxes = new ResizeObserver((changed) => {
        for (const { target } of changed) {
            // a pixel more is rounding
            const wide = target.scrollWidth > target.clientWidth + 1;
            const tall = target.tagName === "PRE" && target.scrollHeight > target.clientHeight + 1;
            const stop = wide || tall ? 0 : -1;
            if (target.tabIndex !== stop) target.tabIndex = stop;
        }
    });
    const observe = () => {
        boxes.disconnect(); // asked anew, it tells of each box
        const all = 'article :is(pre, .pst-scrollable-table-container, span.math, mjx-container[display="true"])';
        document.querySelectorAll(all).forEach((box) => boxes.observe(box));
    };
    observe();
    await globalThis.MathJax?.startup?.promise;
    // With its font a formula has another width, in a box that stays as it was.
    document.fonts.addEventListener("loadingdone", observe);
    await document.fonts.ready;
    observe();
});
