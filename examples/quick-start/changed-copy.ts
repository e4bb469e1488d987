import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'

/**
 * Copies a database and changes one byte of the copy, as somebody could who wants an answer to have been
 * another one. Returns what the answer says then; `undefined` where the text is nowhere in the file.
 */
export function changeOneByte(
  file: string,
  copy: string,
  [text, changed]: readonly [string, string]
): string | undefined {
  copyFileSync(file, copy)
  const bytes = readFileSync(copy)
  const at = bytes.indexOf(text)
  if (at < 0) return undefined
  bytes.write(changed, at)
  writeFileSync(copy, bytes)
  return bytes.subarray(at, at + changed.length).toString()
}
