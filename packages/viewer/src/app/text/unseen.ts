/**
 * Controls, ANSI escapes, marks that reorder text, and joiners but for those behind emoji, or behind letters without
 * capitals, as in Persian and in scripts of India: these are how such texts are written.
 */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|(?<![\p{Lo}\p{M}\p{EPres}])[\u200c\u200d])/u

/** A text in parts: what can be seen, then one character that cannot, and so on. */
export function seenAndUnseen(text: string): string[] {
  return text.split(UNSEEN)
}

/** The name of a character that cannot be seen: `U+202E`. */
export function nameOf(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
}
