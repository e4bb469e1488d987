import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { openReader } from 'slm-audit'
import { builtProgram } from './built-packages.ts'
import { type Effort, type Result, withFile } from './harness.ts'

const LEVELS = ['memory', 'disk'] as const
const ENDS = ['return', 'exit', 'kill'] as const
/** Other ends of a process or of a thread; the last ones are brought about by another. */
const ALL_ENDS = [...ENDS, 'uncaught', 'SIGTERM', 'terminate', 'main exit', 'cluster kill'] as const

type End = (typeof ALL_ENDS)[number]

/** What is left of calls that were answered, after each end. */
export async function survival({ scale }: Effort): Promise<Result[]> {
  const calls = Math.round(1000 * scale)
  const results: Result[] = []
  for (const how of ['plain', 'streamed'] as const) {
    const lost: string[] = []
    for (const end of ALL_ENDS) {
      const left = await withFile((file) => survivors(file, ['process', `${calls}`], end, how))
      if (left !== calls) lost.push(`${calls - left} after ${end}`)
    }
    results.push({
      what: `lost of ${calls} answered calls, ${how}, at level process: ${ALL_ENDS.join(', ')}`,
      ours: lost.length === 0 ? '0 after each' : lost.join(', '),
      control: '',
      ratio: '',
      aim: '0',
      met: lost.length === 0
    })
  }
  for (const level of LEVELS) {
    const left: number[] = []
    for (const end of ENDS) {
      left.push(await withFile((file) => survivors(file, [level, `${calls}`], end)))
    }
    const [returned, exited, killed = 0] = left
    const isKept = level !== 'memory'
    results.push({
      what: `calls left of ${calls} at level ${level}: return / exit(0) / SIGKILL`,
      ours: left.join(' / '),
      control: '',
      ratio: '',
      aim: isKept ? 'all / all / all' : 'all / all / what was written',
      met: returned === calls && exited === calls && (killed === calls || !isKept)
    })
  }
  return results
}

async function survivors(
  file: string,
  args: readonly string[],
  end: End,
  how = 'plain'
): Promise<number> {
  const isOthers = end === 'terminate' || end === 'main exit' || end === 'cluster kill'
  const calls = builtProgram('calls')
  const all = isOthers
    ? [builtProgram('ends'), end, calls, file, ...args, 'ended', how]
    : [calls, file, ...args, end, how]
  // An uncaught error is printed.
  spawnSync(process.execPath, all, { stdio: 'ignore' })
  return await storedCalls(file)
}

/** How many calls of a log are complete, with what a killed process left. */
export async function storedCalls(file: string): Promise<number> {
  if (!existsSync(file)) return 0
  await using reader = await openReader(file)
  let count = 0
  let cursor: string | undefined
  do {
    const page = await reader.query(
      { stage: 'complete' },
      { limit: 1000, complete: true, ...(cursor && { cursor }) }
    )
    count += page.items.length
    cursor = page.cursor
  } while (cursor)
  return count
}
