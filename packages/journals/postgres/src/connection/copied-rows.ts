/** Rows for one table, in the binary form of COPY; they are sent as they are, and must not change until the copy has ended. */
export interface CopiedRows {
  /** The table with its schema, and the columns in the order of the values: `audit.parts (id, salt)`. */
  readonly into: string
  readonly bytes: Uint8Array
}
