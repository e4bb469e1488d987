import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { AuditError } from '../../../src/base/error.ts'
import {
  SpoolReader,
  type SpoolReaderSettings,
  type SpoolSettings,
  SpoolWriter
} from '../../../src/node/spool/index.ts'
import type { CarriedFrame, Frame } from '../../../src/recording/frame.ts'

/** A folder for spools that goes when the test ends. */
export function temporaryRoot(): string {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-spool-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'spool')
}

/** A writer, and what it told of. */
export function openWriter(settings: Partial<SpoolSettings> = {}) {
  const problems: AuditError[] = []
  const lost: Frame[] = []
  const moved: string[] = []
  const writer = new SpoolWriter({
    root: settings.root ?? temporaryRoot(),
    level: 'process',
    schema: 1,
    events: {
      failed: (problem) => problems.push(problem),
      lost: (frame) => lost.push(frame),
      moved: ({ path }) => moved.push(path)
    },
    ...settings
  })
  onTestFinished(() => void writer.close())
  return { writer, problems, lost, moved }
}

/** A reader of a writer's spool, or of one that is left. */
export function openReader(
  of: SpoolWriter | string,
  settings: Partial<SpoolReaderSettings> = {}
): SpoolReader {
  const isLeft = typeof of === 'string'
  const reader = new SpoolReader({
    folder: isLeft ? of : of.folder.path,
    state: isLeft ? undefined : of.state,
    failed: (problem) => {
      throw problem
    },
    ...settings
  })
  onTestFinished(() => reader.close())
  return reader
}

/** All frames that are there. */
export function readAll(reader: SpoolReader): CarriedFrame[] {
  const frames: CarriedFrame[] = []
  for (let some = reader.next(1_000_000); some.length > 0; some = reader.next(1_000_000)) {
    frames.push(...some)
  }
  return frames
}

/** A frame with something in it. */
export function frameOf(auditId: string, more: Partial<Frame> = {}): Frame {
  return { kind: 'opened', auditId, at: 1_700_000_000_000, meta: `{"of":"${auditId}"}`, ...more }
}

/** The frames as a reader gives them. */
export function named(frames: readonly CarriedFrame[]): string[] {
  return frames.map(({ kind, auditId }) => `${kind} ${auditId}`)
}
