import { pendingEvent } from '@slm-audit/core/journal'
import type { FileSystem } from '../src/format/files.ts'
import { LogFiles } from '../src/journal/log-files.ts'
import { packEnded } from '../src/journal/pack-ended.ts'

const TRIES = 5

/**
 * Appends eight batches of two records to a log whose files end after each two or three, and packs
 * them; what fails is tried again, as the log does. `acked` hears of each record that is stored.
 */
export async function appendAndPack(
  directory: string,
  files: FileSystem,
  acked: (auditId: string) => void
): Promise<void> {
  const settings = { directory, origin: 'faults', durability: 'disk', compression: 'gzip' } as const
  let log: LogFiles | undefined
  const open = () => {
    log ??= new LogFiles({ ...settings, maxBytes: 1_500, maxAgeMs: 1e9, writer: 'aa' }, files)
    return log
  }
  for (let batch = 0; batch < 8; batch++) {
    let pending = [0, 1].map((at) => pendingEvent('test', { batch, at }))
    await again(async () => {
      try {
        await open().append(pending)
      } catch (error) {
        pending = pending.map((one) => ({ ...one, retried: true }))
        throw error
      }
    })
    for (const { record } of pending) acked(record.auditId)
    await again(() => packEnded(open(), directory, 'gzip', files))
  }
  open().close()
}

async function again(run: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await run()
      return
    } catch (error) {
      if (tries === TRIES) throw error
    }
  }
}
