import { AuditError, type AuditLog } from '@slm-audit/core/adapter'
import type { AuditedCall } from '@slm-audit/core/reader'
import { auditFetch } from '@slm-audit/fetch'
import { keptRequest } from './recorded-call.ts'
import { filledIn, headersFor } from './request-headers.ts'
import type { KeptRequest, Writer } from './writers/writer.ts'
import { WRITERS } from './writers/writers.ts'

/** Whom a recorded call is asked of again. */
export interface Target {
  /** Another model than the recorded one. */
  readonly model?: string
  /**
   * Where its server is, as its client is told: `http://127.0.0.1:11434/v1`. Where the call went, unless given; then keys
   * come from the environment, as vendors' own clients read them.
   */
  readonly baseURL?: string
  /** Headers to be sent, such as a key. */
  readonly headers?: { readonly [name: string]: string }
  /** The fetch below; the global one unless given. */
  readonly fetch?: typeof globalThis.fetch
  /**
   * Asks a model that has no address: one in this process, by a client of any kind that writes to `log`. What it
   * throws does not matter; what is recorded does. Where it gives `'send'`, the request goes over the wire as without it.
   */
  readonly run?: (request: RecordedRequest, log: AuditLog) => Promise<unknown>
}

/** A recorded request, for a function that asks it again. */
export interface RecordedRequest {
  /** The call as it was recorded, with all contents. */
  readonly call: AuditedCall
  /** The model to be asked; absent where none is named. */
  readonly model?: string
  /** Messages, prompt or other input, as it was sent. */
  readonly input: unknown
  /** Tool definitions, as they were sent. */
  readonly tools?: unknown
  /** Sampling and other parameters. */
  readonly settings: { readonly [name: string]: unknown }
}

/**
 * Makes a recorded call again, without streaming, recorded in `log` with the tag `replays`. An error of the model is its
 * answer, and recorded as one. Rejects with AuditError `bad_option` where the call cannot be made again: its format is none
 * that is written, its input was not kept, or nobody knows where to ask.
 */
export async function askAgain(
  call: AuditedCall,
  target: Target,
  log: AuditLog,
  tags: { readonly [name: string]: string } = {}
): Promise<void> {
  const kept = keptRequest(call)
  const { context } = call.record
  const around = {
    ...(context?.session !== undefined && { session: context.session }),
    tags: { ...tags, replays: call.auditId }
  }
  await log.withContext(around, async () => {
    const isSent = !target.run || (await run(target.run, call, kept, target, log)) === 'send'
    if (isSent) await send(call, kept, target, log)
  })
}

async function run(
  ask: NonNullable<Target['run']>,
  call: AuditedCall,
  kept: KeptRequest | undefined,
  target: Target,
  log: AuditLog
): Promise<unknown> {
  const { contents, record } = call
  const { input = contents.input, tools = contents.tools, settings = {} } = kept ?? {}
  const model = target.model ?? record.call?.model
  const request = { call, input, tools, settings, ...(model !== undefined && { model }) }
  try {
    return await ask(request, log)
  } catch (error) {
    // What its call was told is in its record.
    if (AuditError.is(error)) throw error
    return undefined
  }
}

async function send(
  call: AuditedCall,
  kept: KeptRequest | undefined,
  target: Target,
  log: AuditLog
): Promise<void> {
  const { address, headers: needed, body } = written(call, kept, target)
  const headers = { ...filledIn(needed, process.env), ...target.headers }
  const fetch = auditFetch(log, target.fetch ? { fetch: target.fetch } : {})
  try {
    const answer = await fetch(address, { method: 'POST', headers, body })
    await answer.arrayBuffer()
  } catch (error) {
    if (AuditError.is(error)) throw error
  }
}

/** A request as it goes over the wire, without a key. */
export interface WrittenRequest {
  /** Where it goes. */
  readonly address: string
  /** What it is sent with; `$NAME` stands for a variable of the environment, which has the key. */
  readonly headers: { readonly [name: string]: string }
  /** JSON. */
  readonly body: string
}

/**
 * Writes the request of a recorded call, without streaming. Throws AuditError `bad_option` where it cannot be written, as
 * {@link askAgain} rejects.
 */
export function writeRequest(
  call: AuditedCall,
  target: Pick<Target, 'model' | 'baseURL'> = {}
): WrittenRequest {
  return written(call, keptRequest(call), target)
}

function written(
  call: AuditedCall,
  kept: KeptRequest | undefined,
  target: Pick<Target, 'model' | 'baseURL'>
): WrittenRequest {
  const writer = kept && WRITERS.get(kept.protocol)
  if (!kept || !writer || kept.input === undefined) throw cannot(call, kept)
  const { model = kept.model } = target
  const request = { ...kept, stream: false, ...(model !== undefined && { model }) }
  const base = target.baseURL ?? endpointOf(call, writer, kept)
  const address = `${base.replace(/\/$/, '')}${writer.path(request)}`
  return {
    address,
    headers: headersFor(address),
    body: JSON.stringify(writer.request(request))
  }
}

function cannot(call: AuditedCall, kept: KeptRequest | undefined): AuditError {
  const why =
    kept && kept.input === undefined
      ? 'its input is not kept'
      : `requests of ${kept?.protocol ?? 'its kind'} are not written by slm-audit`
  const message = `the call ${call.auditId} cannot be made again: ${why}; name a function as replay.run in slm-audit.config.ts`
  return new AuditError('bad_option', message)
}

/** Where the call went, as a base address; paths whose parts are not known are the record's secret. */
function endpointOf({ auditId, record }: AuditedCall, writer: Writer, kept: KeptRequest): string {
  const { address = '', port, path = '' } = record.call?.endpoint ?? {}
  const behind = writer.path(kept).replace(/\?.*/, '')
  if (address === '' || path.includes('*') || !path.endsWith(behind)) {
    const message = `nobody knows where to ask the call ${auditId} again; name the server's base address: --to http://127.0.0.1:11434/v1`
    throw new AuditError('bad_option', message)
  }
  const isLocal = /^(localhost|127\.|10\.|192\.168\.|\[?::1)/.test(address)
  const place = port === undefined ? address : `${address}:${port}`
  return `${isLocal ? 'http' : 'https'}://${place}${path.slice(0, path.length - behind.length)}`
}
