import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { CHAT, post, watched } from '../watched.ts'

test('a response of another kind, as node-fetch makes them: bodies of Node, fewer methods', async () => {
  class OtherResponse {
    readonly status = 200
    readonly headers = new Headers({ 'content-type': 'application/json' })
    readonly #body = Readable.from([Buffer.from('{"words"'), Buffer.from(':1}')])
    get body() {
      return this.#body
    }
    text() {
      return text(this.#body)
    }
    json() {
      return this.text().then(JSON.parse)
    }
  }
  const { fetch, stages } = watched(async () => new OtherResponse() as unknown as Response)
  const iterated = await fetch(CHAT, post)
  expect('bytes' in iterated).toBe(false)
  const { body } = iterated as unknown as OtherResponse
  expect(iterated.body).toBe(body)
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  expect(Buffer.concat(chunks).toString()).toBe('{"words":1}')
  expect(await (await fetch(CHAT, post)).json()).toEqual({ words: 1 })
  const left = await fetch(CHAT, post)
  for await (const _chunk of left.body ?? []) break
  expect(await stages()).toEqual([
    ['complete', undefined],
    ['complete', undefined],
    ['cancelled', 'consumer']
  ])
})

test('a response whose body is a stream of Node is watched when it is piped, or listened to', async () => {
  class OtherResponse {
    readonly status = 200
    readonly headers = new Headers({ 'content-type': 'application/json' })
    readonly #body = Readable.from([Buffer.from('{"words"'), Buffer.from(':1}')])
    get body() {
      return this.#body
    }
  }
  const { fetch, stages } = watched(async () => new OtherResponse() as unknown as Response)
  const bodyOf = async () => ((await fetch(CHAT, post)) as unknown as OtherResponse).body
  expect(await text((await bodyOf()).pipe(new PassThrough()))).toBe('{"words":1}')
  const heard: string[] = []
  const listened = (await bodyOf()).setEncoding('utf8').on('data', (chunk) => heard.push(chunk))
  await once(listened, 'end')
  expect(heard.join('')).toBe('{"words":1}')
  const left = await bodyOf()
  left.once('data', () => left.destroy())
  await once(left, 'close')
  const broken = await bodyOf()
  const cut = new Error('cut')
  broken.destroy(cut)
  await expect(once(broken, 'close')).rejects.toBe(cut)
  expect(await stages()).toEqual([
    ['complete', undefined],
    ['complete', undefined],
    ['cancelled', 'consumer'],
    ['error', undefined]
  ])
})

test.each(['base64', 'hex', 'latin1', 'utf16le', 'another realm'] as const)(
  'a body of Node that is listened to in %s is read as it came',
  async (how) => {
    // Of an even length, as texts of two bytes a character are.
    const whole = Buffer.from('{"words": "Grüße"}')
    const foreign = runInNewContext('Uint8Array.from(bytes)', { bytes: whole }) as Uint8Array
    class OtherResponse {
      readonly status = 200
      readonly headers = new Headers({ 'content-type': 'application/json' })
      readonly body = new PassThrough({ objectMode: how === 'another realm' })
    }
    const { fetch, calls } = watched(async () => new OtherResponse() as unknown as Response)
    const { body } = (await fetch(CHAT, post)) as unknown as OtherResponse
    if (how !== 'another realm') body.setEncoding(how)
    body.on('data', () => undefined)
    body.end(how === 'another realm' ? foreign : whole)
    await once(body, 'end')
    expect(await calls()).toMatchObject([
      { stage: 'complete', contents: { output: { words: 'Grüße' } } }
    ])
  }
)

test('a response of another kind refuses what is not JSON with its own error', async () => {
  class OtherError extends Error {}
  class OtherResponse extends Response {
    override async json() {
      const body = await this.text()
      try {
        return JSON.parse(body)
      } catch {
        throw new OtherError(`status ${this.status}: ${body}`)
      }
    }
  }
  const { fetch, stages } = watched(async () => new OtherResponse('<html>', { status: 206 }))
  const error = await (await fetch(CHAT, post)).json().catch((thrown: unknown) => thrown)
  expect(error).toEqual(new OtherError('status 206: <html>'))
  expect(error).toBeInstanceOf(OtherError)
  expect(await stages()).toEqual([['error', undefined]])
})
