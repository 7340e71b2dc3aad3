// A form that anybody may send makes its browser work a moment, so that nobody sends thousands.
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";

export function workBeforeSending(): void {
  document.querySelectorAll<HTMLFormElement>("form[data-work]").forEach((form) => {
    const field = (name: string) => form.elements.namedItem(name) as HTMLInputElement;
    const bits = Number(form.dataset["work"]);
    // While somebody types there is time enough; a moment after the page is drawn.
    window.setTimeout(() => {
      field("nonce").value = worked(field("challenge").value, bits);
    }, 50);
  });
}

/** A number that makes the digest of `challenge:number` begin with so many zero bits. */
export function worked(challenge: string, bits: number): string {
  for (let nonce = 0; ; nonce += 1) {
    const digest = sha256(utf8ToBytes(`${challenge}:${nonce}`));
    const head = ((digest[0]! << 24) | (digest[1]! << 16) | (digest[2]! << 8) | digest[3]!) >>> 0;
    if (head >>> (32 - bits) === 0) return String(nonce);
  }
}
