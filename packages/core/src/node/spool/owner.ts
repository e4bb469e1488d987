import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { threadId } from 'node:worker_threads'

/**
 * Who owns a spool: one thread of one process. It is written into the name of the spool's folder, so
 * that `rename` changes the owner, and does so only while the old one is still there.
 */
export interface Owner {
  /** The machine since it started (Linux), or the machine's name; 8 hexadecimal digits. */
  readonly machine: string
  /** The namespace that process ids belong to, as containers have their own; 0 where there are none. */
  readonly namespace: string
  readonly pid: number
  /** The system's id of the thread; 0 where it is not known. */
  readonly thread: number
  /** When the thread started, in the system's own units; 0 where it is not known. */
  readonly start: string
}

/**
 * Whether an owner runs. `unknown` where this process cannot tell: another machine or container, or a
 * system that does not say when a process started, so that another one may have its id by now.
 */
export type Liveness = 'alive' | 'dead' | 'unknown'

const FORM = /^([0-9a-f]{8})n(\d+)p(\d+)t(\d+)s(\d+)$/

/** The owner as a part of a file's name. */
export function formatOwner({ machine, namespace, pid, thread, start }: Owner): string {
  return `${machine}n${namespace}p${pid}t${thread}s${start}`
}

/** Reads what `formatOwner` wrote; `undefined` for anything else. */
export function parseOwner(text: string): Owner | undefined {
  const [, machine, namespace, pid, thread, start] = FORM.exec(text) ?? []
  if (!machine || !namespace || !start) return undefined
  return { machine, namespace, pid: Number(pid), thread: Number(thread), start }
}

/** The thread that calls this. */
export function thisThread(): Owner {
  const { pid } = process
  // `/proc/thread-self` is `<pid>/task/<thread>`.
  const thread = Number(/(\d+)$/.exec(link('/proc/thread-self'))?.[1] ?? 0)
  const known = { machine: machineHere(), namespace: namespaceHere(), pid }
  if (thread === 0) return { ...known, thread: 0, start: `${threadId}` }
  return { ...known, thread, start: startOf(pid, thread) ?? '0' }
}

/** Whether a thread runs, as far as this one can tell. */
export function livenessOf(owner: Owner): Liveness {
  if (owner.machine !== machineHere() || owner.namespace !== namespaceHere()) return 'unknown'
  if (owner.thread > 0) {
    return startOf(owner.pid, owner.thread) === owner.start ? 'alive' : 'dead'
  }
  return isRunning(owner.pid) ? 'unknown' : 'dead'
}

/** Whether two owners are the same thread. */
export function isSameOwner(one: Owner, other: Owner): boolean {
  return formatOwner(one) === formatOwner(other)
}

/** When a thread started, in clock ticks since the machine did; `undefined` where it does not run. */
function startOf(pid: number, thread: number): string | undefined {
  const stat = text(`/proc/${pid}/task/${thread}/stat`)
  // The name before it may hold anything, and ends with the last parenthesis.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // State Z and X: it has ended, and its parent has not asked for that yet.
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
}

let machine: string | undefined
function machineHere(): string {
  machine ??= createHash('sha256')
    .update(`${text('/proc/sys/kernel/random/boot_id') || hostname()}`)
    .digest('hex')
    .slice(0, 8)
  return machine
}

let namespace: string | undefined
function namespaceHere(): string {
  namespace ??= /(\d+)/.exec(link('/proc/self/ns/pid'))?.[1] ?? '0'
  return namespace
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it runs, and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    // No Linux.
    return ''
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // No Linux, or no such thread.
    return ''
  }
}
