/** Of COPY in binary: a signature, flags, and the length of what may follow them (PostgreSQL's manual, COPY, Binary Format). */
const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const END = Buffer.from([0xff, 0xff])
const FIRST_BYTES = 16 * 1024
/** Room that is kept for the next rows. */
const MOST_KEPT_BYTES = 4 * 1024 * 1024
const MOST_BYTES_PER_UNIT = 3
const NULL = -1
const INT8_OID = 20
/** Of an array with one dimension: dimensions, nulls, type, length, where it begins. */
const ARRAY_BYTES = 20
/** Days from 1970-01-01 to 2000-01-01, from which a date is counted. */
const EPOCH_DAYS = 10_957
const DAY_MS = 86_400_000

/** Rows as COPY takes them in binary, so that nothing is escaped here and parsed there. Values are added in the order of the columns. */
export class BinaryRows {
  count = 0
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #at = HEADER.copy(this.#bytes)

  /** Takes all rows away. What `bytes` gave is used again. */
  clear(): void {
    this.count = 0
    this.#at = HEADER.length
    if (this.#bytes.length <= MOST_KEPT_BYTES) return
    this.#bytes = Buffer.allocUnsafe(FIRST_BYTES)
    HEADER.copy(this.#bytes)
  }

  /** Begins a row of so many values. */
  begin(columns: number): void {
    this.#reserve(2)
    this.#at = this.#bytes.writeInt16BE(columns, this.#at)
    this.count++
  }

  null(): void {
    this.#int4(NULL)
  }

  smallint(value: number): void {
    this.#reserve(6)
    this.#at = this.#bytes.writeInt32BE(2, this.#at)
    this.#at = this.#bytes.writeInt16BE(value, this.#at)
  }

  integer(value: number): void {
    this.#int4(4)
    this.#int4(value)
  }

  bigint(value: number): void {
    this.#int4(8)
    this.#int8(value)
  }

  text(value: string): void {
    this.#reserve(4 + value.length * MOST_BYTES_PER_UNIT)
    const length = this.#bytes.write(value, this.#at + 4)
    this.#at = this.#bytes.writeInt32BE(length, this.#at) + length
  }

  bytea(value: Uint8Array): void {
    this.#int4(value.length)
    this.#reserve(value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
  }

  /** A day as text: `2026-11-01`. */
  date(day: string): void {
    this.integer(Date.parse(`${day}T00:00:00Z`) / DAY_MS - EPOCH_DAYS)
  }

  bigints(values: readonly number[]): void {
    this.#int4(ARRAY_BYTES + values.length * 12)
    for (const each of [1, 0, INT8_OID, values.length, 1]) this.#int4(each)
    for (const each of values) this.bigint(each)
  }

  /** All rows, with what stands before and behind them: the bytes themselves, which change with what is added or cleared. */
  bytes(): Buffer {
    this.#reserve(END.length)
    END.copy(this.#bytes, this.#at)
    return this.#bytes.subarray(0, this.#at + END.length)
  }

  #int4(value: number): void {
    this.#reserve(4)
    this.#at = this.#bytes.writeInt32BE(value, this.#at)
  }

  #int8(value: number): void {
    this.#reserve(8)
    const high = Math.floor(value / 2 ** 32)
    this.#at = this.#bytes.writeInt32BE(high, this.#at)
    this.#at = this.#bytes.writeUInt32BE(value - high * 2 ** 32, this.#at)
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}
