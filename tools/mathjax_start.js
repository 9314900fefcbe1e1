// At the head of MathJax's script, behind its settings: it begins when all other scripts have run, and not before the fonts
// that every formula needs have been asked for. It would ask for each when a formula that has it is drawn, and with each
// one that comes a page's formulas are arranged anew.
{
    const { MathJax } = globalThis;
    const folder = new URL("output/chtml/fonts/woff-v2/", document.currentScript.src);
    const read = new Promise((done) => {
        if (document.readyState === "complete") done(); // the script was put into a page that had been there
        for (const event of ["DOMContentLoaded", "load"]) addEventListener(event, done, { once: true });
    });
    MathJax.startup = {
        ...MathJax.startup,
        async pageReady() {
            await read;
            for (const [family, name] of Object.entries(MathJax.bookFonts)) {
                const face = new FontFace(family, `url(${new URL(`MathJax_${name}.woff`, folder)})`);
                document.fonts.add(face);
                face.load().catch(() => {}); // MathJax asks for it again
            }
            return globalThis.MathJax.startup.defaultPageReady();
        },
    };
}
