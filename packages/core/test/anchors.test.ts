import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Anchor, otlpAnchor, webhookAnchor, witnessAnchor } from '@slm-audit/core'
import { newPrivateKey, privateKeySigner } from '@slm-audit/core/node'
import {
  COSIGNATURE_V1,
  formatCheckpoint,
  formatNote,
  formatVerifierKey,
  signNote
} from '@slm-audit/core/tlog'
import { describe, expect, test } from 'vitest'

const log = { size: async () => 3, consistencyProof: async () => [] }
const signer = privateKeySigner(newPrivateKey('example.com/log'))
const witness = privateKeySigner(newPrivateKey('example.com/witness'), COSIGNATURE_V1)

async function checkpointOf(size: number): Promise<string> {
  const text = formatCheckpoint({ origin: 'example.com/log', size, root: new Uint8Array(32) })
  return formatNote({ text, signatures: [await signNote(text, signer)] })
}

async function publish(anchor: Anchor, size = 3): Promise<string | readonly string[] | undefined> {
  return anchor
    .publish(await checkpointOf(size), log, AbortSignal.timeout(5_000))
    .catch((error: Error) => error.message)
}

async function serving(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers['x-api-key'] ?? ''}`.trim())
    request.resume()
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    [Symbol.dispose]() {
      server.closeAllConnections()
      server.close()
    }
  }
}

const KINDS: readonly (readonly [string, (url: string) => Anchor])[] = [
  ['webhookAnchor', (url) => webhookAnchor(url, { headers: { 'x-api-key': 'k' } })],
  ['otlpAnchor', (url) => otlpAnchor(url, { headers: { 'x-api-key': 'k' } })],
  ['witnessAnchor', (url) => witnessAnchor(url, witness.key, { headers: { 'x-api-key': 'k' } })]
]

describe.each(KINDS)('%s', (_name, anchorAt) => {
  test.each([301, 302, 303, 307, 308])('does not follow a redirect (%i)', async (status) => {
    using elsewhere = await serving((_, response) => response.end('<form>please log in</form>'))
    using end = await serving((_, response) =>
      response.writeHead(status, { location: elsewhere.url }).end()
    )
    expect(await publish(anchorAt(end.url))).toMatch(
      new RegExp(`answers with a redirect \\(${status}\\), which is not followed`)
    )
    expect(elsewhere.seen).toEqual([])
    expect(end.seen).toEqual([expect.stringMatching(/^POST .* k$/)])
  })

  test('reads no more of an answer than it needs', async () => {
    let sent = 0
    using end = await serving((_, response) => {
      const part = Buffer.alloc(1 << 20, 65)
      const pour = (): void => {
        while (sent < 600e6 && !response.destroyed) {
          sent += part.length
          if (!response.write(part)) return void response.once('drain', pour)
        }
        response.end()
      }
      pour()
    })
    await publish(anchorAt(end.url))
    expect(sent).toBeLessThan(30e6)
  })

  test('ends when it is told to, though the other end never answers', async () => {
    using end = await serving((_, response) => void response.writeHead(200).write('a'))
    const signal = AbortSignal.timeout(50)
    await expect(anchorAt(end.url).publish(await checkpointOf(3), log, signal)).rejects.toThrow()
  })

  test.each([
    ['ftp://example.com', /url must begin with https:\/\/ or http:\/\//],
    ['example.com', /url must begin with/],
    ['http://user:SECRET@example.com', /holds a user or a password; give them by .* headers/]
  ])('%s is refused when it is made', (url, says) => {
    const make = () => anchorAt(url)
    expect(make).toThrow(expect.objectContaining({ code: 'bad_option' }))
    expect(make).toThrow(says)
    expect(make).not.toThrow(/SECRET/)
  })
})

test('a witness that lost its memory is reported, and vouches for nothing', async () => {
  let answers: string[] = []
  using end = await serving((_, response) => {
    const [answer = ''] = answers.splice(0, 1)
    response.writeHead(/^\d+$/.test(answer) ? 409 : 200).end(answer)
  })
  const anchor = witnessAnchor(end.url, witness.key)
  const { cosign } = await import('@slm-audit/core/tlog')
  const { formatSignature } = await import('@slm-audit/core/tlog')
  const text = formatCheckpoint({ origin: 'example.com/log', size: 3, root: new Uint8Array(32) })
  answers = [`${formatSignature(await cosign(text, 1, witness))}\n`]
  expect(await publish(anchor)).toHaveLength(1)
  answers = ['0', 'never asked']
  expect(await publish(anchor, 4)).toMatch(/cosigned 3 records and now remembers 0: it has lost/)
  expect(answers).toEqual(['never asked'])
})

test('a witness is known by its key, also as the text that it prints; any other text is refused at once', async () => {
  const text = formatVerifierKey(witness.key)
  expect(witnessAnchor('https://witness.example', text).name).toBe('witness example.com/witness')
  using end = await serving((_, response) => response.writeHead(403).end())
  expect(await publish(witnessAnchor(end.url, text))).toMatch(/does not trust the key of this log/)
  expect(() => witnessAnchor('https://witness.example', 'witness')).toThrow(/verifier key/)
})
