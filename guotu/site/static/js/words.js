/** Says the words of the scripts in the reader's language; the key is the Chinese itself. */

const catalog = JSON.parse(document.getElementById("words")?.textContent || "{}");

/** Translate `text` and put values in for {name}. */
export function t(text, values = {}) {
  const said = catalog[text] || text;
  return said.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}
