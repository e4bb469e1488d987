import { type AuditLog, createAuditLog, memoryJournal, parseRecord } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { joinBytes } from '../../src/base/bytes.ts'
import type { Protocol } from '../../src/protocol/protocol.ts'
import type { CarriedFrame, Carrier, CarryingJournal } from '../../src/recording/frame.ts'
import { FrameReader } from '../../src/recording/frame-reader.ts'
import { callsOf } from '../helpers.ts'

/** A carrier that keeps frames as they come out of a file: bytes, and nothing of the objects that they were. */
class KeptFrames implements Carrier {
  readonly frames: CarriedFrame[] = []
  readonly #modules: ReadonlyMap<unknown, string>
  readonly #isFull: (meta: string) => boolean

  constructor(modules: ReadonlyMap<unknown, string>, isFull: (meta: string) => boolean) {
    this.#modules = modules
    this.#isFull = isFull
  }

  moduleOf(protocol: Protocol): string | undefined {
    return this.#modules.get(protocol)
  }

  append({ body, shared = [], ...frame }: Parameters<Carrier['append']>[0]): number {
    if (this.#isFull(frame.meta)) return 0
    const sequence = this.frames.length + 1
    const bytes = body && { body: joinBytes(body) }
    this.frames.push(structuredClone({ ...frame, shared, sequence, ...bytes }))
    return sequence
  }

  kept = () => undefined
  flush = async () => undefined
  close = async () => 0
}

/** The frames of what `run` does with a log. Whoever reads them finds `protocols`; there is no room where `isFull` says so. */
export async function framesOf(
  run: (log: AuditLog) => unknown,
  protocols: readonly Protocol[] = [],
  isFull: (meta: string) => boolean = () => false
): Promise<CarriedFrame[]> {
  const carrier = new KeptFrames(new Map(protocols.map((one) => [one, one.name])), isFull)
  const journal: CarryingJournal = { ...memoryJournal(), openCarrier: () => carrier }
  const log = createAuditLog({ journal, platform: nodePlatform() })
  await run(log)
  return carrier.frames
}

/** Reads frames as another thread would, and stores their records. */
export async function recordsOf(
  frames: readonly CarriedFrame[],
  protocols: readonly Protocol[] = [],
  isAbandoned = false
) {
  const problems: string[] = []
  const reader = new FrameReader({
    sha256: undefined,
    protocol: (_module, name) => protocols.find((one) => one.name === name),
    unread: ({ code }) => problems.push(code)
  })
  for (const frame of frames) reader.take(frame)
  if (isAbandoned) for (const _ of reader.abandon(Date.now()));
  const due = reader.drain()
  const journal = memoryJournal()
  await journal.append(due.map(({ record }) => record))
  const records = journal.records.map(parseRecord)
  return { due, records, problems, calls: callsOf(journal.records), oldest: reader.oldest }
}
