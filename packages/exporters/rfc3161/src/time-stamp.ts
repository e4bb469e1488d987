import { decodeDer, encodeDer, TAG } from './der.ts'

/** SHA-256 as an algorithm: its object identifier 2.16.840.1.101.3.4.2.1, and no parameters. */
const SHA256 = Buffer.from('300d06096086480165030402010500', 'hex')
const VERSION_1 = Uint8Array.of(2, 1, 1)
const TRUE = Uint8Array.of(1, 1, 255)
/** Granted, and granted with changes (RFC 3161, 2.4.2). */
const GRANTED = [0, 1]

/** A TimeStampReq (RFC 3161, 2.4.1) for a SHA-256 hash, with the authority's certificate asked for. */
export function encodeRequest(hash: Uint8Array, nonce: Uint8Array): Uint8Array {
  const imprint = encodeDer(TAG.sequence, SHA256, encodeDer(TAG.octets, hash))
  return encodeDer(TAG.sequence, VERSION_1, imprint, encodeDer(TAG.integer, nonce), TRUE)
}

/**
 * Checks that a TimeStampResp grants a stamp for a hash and a nonce; gives the time in it. Throws an Error that says
 * what it is instead. The authority's signature is not looked at.
 */
export function checkReply(reply: Uint8Array, hash: Uint8Array, nonce: Uint8Array): Date {
  const [status, token] = within(reply)
  const code = decodeDer(status?.content ?? EMPTY)[0]?.content[0]
  if (code === undefined || !GRANTED.includes(code))
    throw new Error(`it refuses, with status ${code}`)
  // ContentInfo, [0], SignedData: version, digests, EncapsulatedContentInfo, [0], the TSTInfo in octets.
  const signed = within(decodeDer(token?.content ?? EMPTY)[1]?.content ?? EMPTY)
  const octets = decodeDer(decodeDer(signed[2]?.content ?? EMPTY)[1]?.content ?? EMPTY)[0]
  const [, , imprint, , time, ...more] = within(octets?.content ?? EMPTY)
  const stamped = decodeDer(imprint?.content ?? EMPTY)[1]?.content ?? EMPTY
  if (!Buffer.from(stamped).equals(hash)) throw new Error('it stamps something else')
  const isOurs = more.some(
    ({ tag, content }) => tag === TAG.integer && Buffer.from(content).equals(nonce)
  )
  if (!isOurs) throw new Error('it answers another request')
  return timeOf(time?.content ?? EMPTY)
}

const EMPTY = new Uint8Array()

/** The values of the sequence that some bytes are. */
function within(bytes: Uint8Array) {
  const [sequence, ...more] = decodeDer(bytes)
  if (sequence?.tag !== TAG.sequence || more.length > 0) throw new Error('it is no time stamp')
  return decodeDer(sequence.content)
}

/** A GeneralizedTime: 20261129143000Z, perhaps with a fraction. */
function timeOf(content: Uint8Array): Date {
  const text = Buffer.from(content).toString('latin1')
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/.exec(text) ?? []
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(time.getTime())) throw new Error('its time cannot be read')
  return time
}
