import { existsSync, readFileSync } from 'node:fs'
import { Readable } from 'node:stream'

/** How often the middle of a recorded stream is repeated, so that chunks outweigh the call. */
const REPEATED = 300

/**
 * A fetch that answers with recorded bytes of an adapter's fixtures, from memory: the answer in one
 * piece of `plain`, or, where the request asks for a stream, the events of `streamed`. `fixtures` is
 * the folder that holds both, with a slash at its end.
 */
export function cannedFetch(fixtures: URL, plain: string, streamed?: string): typeof fetch {
  const at = (fixture: string, file: string) => new URL(`${fixture}/${file}`, fixtures)
  const whole = readFileSync(at(plain, 'response.json'))
  const frames = streamed === undefined ? [] : framesOf(at(streamed, ''))
  return async (url, init) => {
    if (frames.length === 0 || !asksForStream(url, init)) {
      return new Response(whole, { headers: { 'content-type': 'application/json' } })
    }
    const left = frames.values()
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const { done, value } = left.next()
        if (done) controller.close()
        else controller.enqueue(value)
      }
    })
    const isLines = existsSync(at(streamed ?? '', 'chunks.ndjson'))
    const type = isLines ? 'application/x-ndjson' : 'text/event-stream'
    return new Response(body, { headers: { 'content-type': type } })
  }
}

/** Most say it in the body, Gemini in the path. */
function asksForStream(url: unknown, init: RequestInit | undefined): boolean {
  return /"stream":\s*true/.test(String(init?.body)) || /:stream/.test(String(url))
}

/**
 * A request handler of the AWS SDK that answers with recorded bytes of an adapter's fixtures: the
 * answer in one piece of `plain`, or, where the path asks for a stream, the frames of `streamed`.
 */
export function cannedHandler(fixtures: URL, plain: string, streamed: string) {
  const at = (file: string) => new URL(file, fixtures)
  const whole = [readFileSync(at(`${plain}/response.json`))]
  const frames = repeated(binaryFrames(readFileSync(at(`${streamed}/chunks.bin`))))
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle({ path }: { readonly path: string }) {
      const streams = path.endsWith('-stream')
      const body = Readable.from(streams ? frames : whole, { objectMode: false })
      const type = streams ? 'application/vnd.amazon.eventstream' : 'application/json'
      return { response: { statusCode: 200, headers: { 'content-type': type }, body } }
    }
  }
}

/** Frames of an AWS event stream; each begins with its length. */
function binaryFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    frames.push(bytes.subarray(at, at + bytes.readUInt32BE(at)))
  }
  return frames
}

function framesOf(folder: URL): readonly Uint8Array[] {
  const isLines = existsSync(new URL('chunks.ndjson', folder))
  const text = readFileSync(new URL(isLines ? 'chunks.ndjson' : 'chunks.txt', folder), 'utf8')
  return repeated(
    text.split(isLines ? /(?<=\n)/ : /(?<=\n\r?\n)/).map((frame) => new TextEncoder().encode(frame))
  )
}

function repeated<Frame extends Uint8Array>(frames: readonly Frame[]): readonly Frame[] {
  const middle = frames[2]
  if (middle === undefined) return frames
  return [
    ...frames.slice(0, 2),
    ...Array.from({ length: REPEATED }, () => middle),
    ...frames.slice(2)
  ]
}
