import { connect } from 'node:net'
import { fromBase64, toBase64 } from '../base/base64.ts'
import { AuditError, messageOf } from '../base/error.ts'
import { isObject } from '../base/json.ts'
import { parseVerifierKey } from '../tlog/key.ts'
import type { Signer } from '../tlog/signer.ts'

/** How long a signer may take for an answer, in milliseconds. */
const TIMEOUT_MS = 5_000
const LONGEST_ANSWER = 8_192

/**
 * The signer of a process of its own (`slm-audit signer`), which holds the key and signs only what continues what it has
 * signed: `createAuditLog({ key: await processSigner('/run/slm-audit/signer') })`. The socket is connected to for each
 * checkpoint, so that the signer may be restarted. Rejects with AuditError `bad_key` where nobody answers.
 */
export async function processSigner(socket: string): Promise<Signer> {
  const { key } = await ask(socket, { key: true })
  if (typeof key !== 'string') throw silent(socket, 'it gives no key')
  return {
    key: parseVerifierKey(key),
    custody: 'process',
    sign: async (message) => {
      const { signature } = await ask(socket, { sign: toBase64(message) })
      const bytes = typeof signature === 'string' ? fromBase64(signature) : undefined
      if (!bytes) throw silent(socket, 'it gives no signature')
      return bytes
    }
  }
}

function ask(path: string, request: object): Promise<{ readonly [name: string]: unknown }> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(path, () => socket.write(`${JSON.stringify(request)}\n`))
    const fail = (problem: AuditError) => {
      socket.destroy()
      reject(problem)
    }
    socket.setEncoding('utf8')
    socket.setTimeout(TIMEOUT_MS, () => fail(silent(path, `no answer in ${TIMEOUT_MS} ms`)))
    socket.on('error', (cause) => fail(silent(path, messageOf(cause), cause)))
    socket.on('data', (part: string) => {
      text += part
      if (text.length > LONGEST_ANSWER) fail(silent(path, 'its answer is too long'))
    })
    socket.on('end', () => {
      const answer = parsed(text)
      if (answer && typeof answer.error !== 'string') resolve(answer)
      else fail(silent(path, String(answer?.error ?? 'its answer cannot be read')))
    })
  })
}

function parsed(text: string): { readonly [name: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    // Whoever answers there is no signer of ours.
    return undefined
  }
}

function silent(path: string, why: string, cause?: unknown): AuditError {
  const message = `the signer at ${path} does not sign: ${why}; look whether slm-audit signer runs there, and what it says`
  return new AuditError('bad_key', message, { cause })
}
