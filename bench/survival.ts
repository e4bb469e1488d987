import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { openReader } from 'slm-audit'
import { type Effort, type Result, withFile } from './harness.ts'

const LEVELS = ['memory', 'process', 'disk'] as const
const ENDS = ['return', 'exit', 'kill'] as const

/** Calls left of 1,000 after a plain end, `process.exit(0)` and SIGKILL, at each level. */
export async function survival({ scale }: Effort): Promise<Result[]> {
  const calls = Math.round(1000 * scale)
  const results: Result[] = []
  for (const level of LEVELS) {
    const left = []
    for (const end of ENDS) left.push(await withFile((file) => survivors(file, level, calls, end)))
    const [returned, exited, killed = 0] = left
    const isKept = level !== 'memory'
    const met = returned === calls && exited === calls && (killed === calls || !isKept)
    results.push({
      what: `calls left of ${calls} at level ${level}: return / exit(0) / SIGKILL`,
      ours: left.join(' / '),
      control: '',
      ratio: '',
      aim: isKept ? 'all / all / all' : 'all / all / what was written',
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
