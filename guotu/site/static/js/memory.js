/** Remembers what a reader chose on this machine: layers, opacity, the border. */

const PREFIX = "guotu:";

/** Return what was remembered under `name`, or `otherwise`. */
export function recall(name, otherwise) {
  try {
    const kept = localStorage.getItem(PREFIX + name);
    return kept === null ? otherwise : JSON.parse(kept);
  } catch {
    return otherwise;
  }
}

/** Remember `value` under `name`; a browser that keeps nothing is no fault. */
export function remember(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Private windows refuse; the page works all the same.
  }
}
