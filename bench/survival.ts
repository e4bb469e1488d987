import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { openReader } from 'slm-audit'
import { type Effort, type Result, withFile } from './harness.ts'

const LEVELS = ['memory', 'process', 'record', 'disk'] as const
const ENDS = ['return', 'exit', 'kill'] as const
/** Most calls that fit into the window of 20 ms, and into the transaction that follows it. */
const IN_WINDOW = 60

/** Calls left of 1,000 after a plain end, `process.exit(0)` and SIGKILL, at each level. */
export async function survival({ scale }: Effort): Promise<Result[]> {
  const calls = Math.round(1000 * scale)
  const results: Result[] = []
  for (const level of LEVELS) {
    const left = []
    for (const end of ENDS) left.push(await withFile((file) => survivors(file, level, calls, end)))
    const [returned, exited, killed = 0] = left
    const waits = level === 'record' || level === 'disk'
    const least = waits ? calls : calls - IN_WINDOW
    const met = returned === calls && exited === calls && killed >= least
    results.push({
      what: `calls left of ${calls} at level ${level}: return / exit(0) / SIGKILL`,
      ours: left.join(' / '),
      control: '',
      ratio: '',
      aim: waits ? 'all / all / all' : 'all / all / but 20 ms',
      met
    })
  }
  return results
}

async function survivors(file: string, level: string, calls: number, end: string): Promise<number> {
  const program = new URL('./programs/calls.ts', import.meta.url).pathname
  spawnSync(process.execPath, [program, file, level, String(calls), end], { stdio: 'inherit' })
  if (!existsSync(file)) return 0
  await using reader = await openReader(file)
  let count = 0
  let cursor: string | undefined
  do {
    const page = await reader.query(
      { stage: 'complete' },
      { limit: 1000, ...(cursor && { cursor }) }
    )
    count += page.items.length
    cursor = page.cursor
  } while (cursor)
  return count
}
