import fs from 'node:fs'
import type { SpoolFiles } from '../../../src/node/spool/files.ts'

/** What goes wrong at a call. */
export type Fault = 'fails before' | 'fails after' | 'is cut short'

/** The calls that change something. */
const CHANGING = [
  'mkdirSync',
  'openSync',
  'writeSync',
  'write',
  'fdatasync',
  'renameSync',
  'rmSync'
] as const

/** The system's error for a full disk. */
export function noSpace(code = 'ENOSPC'): Error {
  return Object.assign(new Error(`${code}: the write failed`), { code, errno: -28 })
}

/** Files of which the calls for which `strikes` says so go wrong. */
export function faultyFiles(
  strikes: (name: string, count: number) => Fault | undefined,
  code?: string
): { readonly files: SpoolFiles; readonly calls: () => number } {
  let count = 0
  const wrapped = Object.fromEntries(
    CHANGING.map((name) => [
      name,
      (...args: unknown[]) => {
        const run = (...given: unknown[]) => (fs[name] as (...all: unknown[]) => unknown)(...given)
        const fault = strikes(name, ++count)
        if (fault === undefined) return run(...args)
        const callback = args.at(-1)
        if (name === 'write' && typeof callback === 'function') {
          const [fd, bytes, from, length, at] = args as [number, Buffer, number, number, number]
          if (fault === 'fails after') fs.writeSync(fd, bytes, from, length, at)
          if (fault === 'is cut short') fs.writeSync(fd, bytes, from, Math.floor(length / 2), at)
          return setImmediate(() => callback(noSpace(code)))
        }
        if (typeof callback === 'function') return setImmediate(() => callback(noSpace(code)))
        if (fault === 'fails after') run(...args)
        if (fault === 'is cut short' && name === 'writeSync') {
          const [fd, bytes, from, length, at] = args as [number, Buffer, number, number, number]
          fs.writeSync(fd, bytes, from, Math.floor(length / 2), at)
        }
        throw noSpace(code)
      }
    ])
  )
  return { files: { ...fs, ...wrapped } as SpoolFiles, calls: () => count }
}
