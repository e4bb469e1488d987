import fs from 'node:fs'
import type { FileSystem } from '../src/format/files.ts'

/** What happens at one call. */
export type Fault = 'fails before' | 'fails after' | 'is cut short'

/** A file system whose `at`-th call that changes something goes wrong; it counts the calls. */
export function faultyFiles(
  at: number,
  strike: (run: () => unknown, cutShort: () => unknown) => void
) {
  let calls = 0
  const wrapped = Object.fromEntries(
    (
      [
        'openSync',
        'writeSync',
        'fsyncSync',
        'fdatasyncSync',
        'ftruncateSync',
        'renameSync',
        'rmSync',
        'mkdirSync'
      ] as const
    ).map((name) => [
      name,
      (...args: never[]) => {
        // Nothing here loses power.
        const isSync = name === 'fsyncSync' || name === 'fdatasyncSync'
        const run = () => (isSync ? undefined : (fs[name] as (...all: never[]) => unknown)(...args))
        const cutShort = () => {
          if (name !== 'writeSync') return
          const [handle, bytes, from, length, place] = args as unknown as [
            number,
            Uint8Array,
            number,
            number,
            number
          ]
          fs.writeSync(handle, bytes, from, Math.floor(length / 2), place)
        }
        if (++calls === at) strike(run, cutShort)
        return run()
      }
    ])
  )
  const files = { ...wrapped, closeSync: fs.closeSync } as unknown as FileSystem
  return { files, struck: () => calls >= at }
}

/** Strikes with an error of the system. */
export function failing(fault: Fault) {
  return (run: () => unknown, cutShort: () => unknown): never => {
    if (fault === 'fails after') run()
    if (fault === 'is cut short') cutShort()
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  }
}

/** The file system of a process that dies at its `at`-th call: before an even one, in the middle of an odd one. */
export function dyingFiles(at: number) {
  const fault: Fault = at % 2 === 0 ? 'fails before' : 'is cut short'
  const { files, struck } = faultyFiles(at, failing(fault))
  const dying = { ...files }
  for (const name of Object.keys(files) as (keyof typeof files)[]) {
    const run = files[name] as (...all: never[]) => unknown
    // Who is dead does nothing any more.
    const guarded = (...all: never[]) => {
      if (struck() && name !== 'closeSync') throw new Error('dead')
      return run(...all)
    }
    Object.assign(dying, { [name]: guarded })
  }
  return { files: dying, struck, where: `${fault} at call ${at}` }
}
