import { type StatsFs, statfsSync } from 'node:fs'
import { attention, type Finding, failing, ok } from '../base/finding.ts'

/** Shares of a disk that are free. */
const LITTLE = 0.05
const NOTHING = 0.01
const UNITS = ['KiB', 'MiB', 'GiB', 'TiB']

/** What the disk that a directory is on says: how much room the log has left. */
export function checkDisk(directory: string): Finding {
  return roomFinding(statfsSync(directory))
}

/** What the figures of a file system say; `files` are those that it can hold, 0 where it has no bound for them. */
export function roomFinding(
  room: Pick<StatsFs, 'bavail' | 'blocks' | 'bsize' | 'ffree' | 'files'>
): Finding {
  const { bavail, blocks, bsize, ffree, files } = room
  const free = bavail / Math.max(1, blocks)
  const names = files > 0 ? ffree / files : 1
  const says =
    names < Math.min(LITTLE, free)
      ? `room for ${ffree.toLocaleString('en')} more files is free, ${percent(names)}`
      : `${bytesWord(bavail * bsize)} are free, ${percent(free)}`
  const next = 'make room, or move the log: a full disk stops recording'
  const least = Math.min(free, names)
  if (least < NOTHING) return failing('disk', says, next)
  return least < LITTLE ? attention('disk', says, next) : ok('disk', says)
}

function percent(share: number): string {
  return `${Math.floor(share * 100)}%`
}

function bytesWord(bytes: number): string {
  let [value, unit] = [bytes / 1024, 0]
  while (value >= 1024 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1]
  return `${value.toFixed(value < 10 ? 1 : 0)} ${UNITS[unit]}`
}
