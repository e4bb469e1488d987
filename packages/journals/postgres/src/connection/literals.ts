/** Bytes as an expression of SQL, whatever the session's settings say of escapes. */
export function bytesLiteral(bytes: Uint8Array): string {
  return `decode('${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}', 'hex')`
}

/** A text as an expression of SQL; nothing in it can end the expression. */
export function textLiteral(text: string): string {
  return `convert_from(${bytesLiteral(Buffer.from(text))}, 'UTF8')`
}
