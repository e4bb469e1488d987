/** A synchronous SHA-256: 32 bytes for any bytes. */
export interface Hash {
  (data: Uint8Array): Uint8Array
  /** The same as lower-case hexadecimal digits, where that is faster than to make them of bytes. */
  readonly hex?: (data: Uint8Array) => string
}

/** The first 64 primes' cube roots, fractional parts (FIPS 180-4, section 4.2.2). */
const K = fractionsOfRoots(64, 1 / 3)
/** The first 8 primes' square roots, fractional parts (section 5.3.3). */
const INITIAL = fractionsOfRoots(8, 1 / 2)

/**
 * SHA-256 (FIPS 180-4) in portable code, for runtimes whose only SHA-256 is asynchronous. Where
 * node:crypto is at hand, pass that instead: it is many times faster.
 */
export const sha256: Hash = (data) => {
  const blocks = pad(data)
  const state = INITIAL.slice()
  const schedule = new Uint32Array(64)
  for (let at = 0; at < blocks.byteLength; at += 64) compress(state, schedule, blocks, at)
  const digest = new DataView(new ArrayBuffer(32))
  state.forEach((word, index) => {
    digest.setUint32(index * 4, word)
  })
  return new Uint8Array(digest.buffer)
}

function pad(data: Uint8Array): DataView {
  const padded = new Uint8Array(Math.ceil((data.length + 9) / 64) * 64)
  padded.set(data)
  padded[data.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setBigUint64(padded.length - 8, BigInt(data.length) * 8n)
  return view
}

function compress(state: Uint32Array, w: Uint32Array, blocks: DataView, at: number): void {
  for (let t = 0; t < 16; t++) w[t] = blocks.getUint32(at + t * 4)
  for (let t = 16; t < 64; t++) {
    const [w15, w2] = [word(w, t - 15), word(w, t - 2)]
    const s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3)
    const s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10)
    w[t] = word(w, t - 16) + s0 + word(w, t - 7) + s1
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let t = 0; t < 64; t++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + word(K, t) + word(w, t)) | 0
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  const added = [a, b, c, d, e, f, g, h]
  for (let i = 0; i < 8; i++) state[i] = word(state, i) + (added[i] ?? 0)
}

function word(words: Uint32Array, index: number): number {
  return words[index] ?? 0
}

function rotate(value: number, bits: number): number {
  return (value >>> bits) | (value << (32 - bits))
}

function fractionsOfRoots(count: number, exponent: number): Uint32Array {
  const words = new Uint32Array(count)
  let found = 0
  for (let candidate = 2; found < count; candidate++) {
    if (!isPrime(candidate)) continue
    const root = candidate ** exponent
    words[found++] = (root - Math.floor(root)) * 2 ** 32
  }
  return words
}

function isPrime(candidate: number): boolean {
  for (let divisor = 2; divisor * divisor <= candidate; divisor++) {
    if (candidate % divisor === 0) return false
  }
  return true
}
