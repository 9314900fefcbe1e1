// At the head of MathJax's script, behind its settings: the fonts that every formula needs are asked for before it
// begins. It would ask for each when a formula that has it is drawn, and with each one that comes a page's formulas are
// arranged anew.
{
    const folder = new URL("output/chtml/fonts/woff-v2/", document.currentScript.src);
    for (const [family, name] of Object.entries(globalThis.MathJax.bookFonts)) {
        const face = new FontFace(family, `url(${new URL(`MathJax_${name}.woff`, folder)})`);
        document.fonts.add(face);
        face.load().catch(() => {}); // MathJax asks for it again
    }
}
