import { AsyncLocalStorage } from 'node:async_hooks'
import { arch, freemem, hostname, loadavg, platform } from 'node:os'
import { performance } from 'node:perf_hooks'
import {
  clearImmediate,
  clearInterval,
  clearTimeout,
  setImmediate,
  setInterval,
  setTimeout,
  tick
} from '../base/clock.ts'
import type { AuditError } from '../base/error.ts'
import type { SystemState } from '../record/record.ts'
import type { Platform } from '../runtime/platform.ts'
import { nodeSha256 } from './signer.ts'

/**
 * The platform of Node: context by AsyncLocalStorage, system state sampled on demand at most four
 * times a second, timers that do not keep the process alive, a drain at `exit`. Warnings go to
 * `process.emitWarning`, at most one per code and minute.
 */
export function nodePlatform(): Platform {
  return {
    runtime: `node ${process.versions.node}`,
    platform: `${platform()} ${arch()}`,
    hostName: hostname(),
    pid: process.pid,
    sha256: nodeSha256,
    newScopeStore<T>() {
      const storage = new AsyncLocalStorage<T>()
      return {
        get: storage.getStore.bind(storage),
        run: storage.run.bind(storage),
        bind(channel, read) {
          channel.bindStore(storage, read)
          return () => void channel.unbindStore(storage)
        }
      }
    },
    systemState: newSampler(),
    defer(run, delayMs) {
      if (delayMs === 0) {
        const immediate = setImmediate(run)
        return () => clearImmediate(immediate)
      }
      const timer = setTimeout(run, delayMs)
      timer.unref()
      return () => clearTimeout(timer)
    },
    hold() {
      const timer = setInterval(() => undefined, LONGEST_TIMER)
      return () => clearInterval(timer)
    },
    onExit,
    warn: newWarner()
  }
}

/** How old a sample of the process's state may be, in milliseconds: sampling costs about 10 µs. */
const SAMPLE_AGE = 250

/** The longest delay that Node's timers take, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1

/** What runs at exit, behind one listener however many logs there are. */
const drains = new Set<() => void>()

function onExit(drain: () => void): () => void {
  if (drains.size === 0) process.on('exit', runDrains)
  drains.add(drain)
  return () => {
    drains.delete(drain)
    if (drains.size === 0) process.off('exit', runDrains)
  }
}

function runDrains(): void {
  for (const drain of drains) drain()
}

function newSampler(): () => Omit<SystemState, 'openCalls'> {
  let sampledAt = Number.NEGATIVE_INFINITY
  let sample: Omit<SystemState, 'openCalls'> = {}
  let cpu = known(() => process.cpuUsage())
  let loop = known(() => performance.eventLoopUtilization())
  return () => {
    const at = tick()
    const elapsed = at - sampledAt
    if (elapsed < SAMPLE_AGE) return sample
    const [cpuBefore, loopBefore] = [cpu, loop]
    cpu = known(() => process.cpuUsage())
    loop = known(() => performance.eventLoopUtilization())
    const memory = known(() => process.memoryUsage())
    sample = numbersOf({
      rss: memory?.rss,
      heapUsed: memory?.heapUsed,
      freeMemory: known(freemem),
      loadAverage: known(() => loadavg()[0]),
      eventLoopUtilization: known(
        () => performance.eventLoopUtilization(loop, loopBefore).utilization
      ),
      cpu: cpu && cpuBefore && (cpuTime(cpu) - cpuTime(cpuBefore)) / 1000 / elapsed
    })
    sampledAt = at
    return sample
  }
}

/** In microseconds. */
function cpuTime({ user, system }: NodeJS.CpuUsage): number {
  return user + system
}

/**
 * What the process says of itself: unknown where it cannot, as without a file descriptor left, which asking
 * for the memory takes, or where the application has replaced what is asked.
 */
function known<T>(ask: () => T): T | undefined {
  try {
    return ask()
  } catch {
    return undefined
  }
}

/** The members that are numbers indeed; absent means unknown. */
function numbersOf<T extends object>(members: T): { [K in keyof T]?: number } {
  const numbers: { [K in keyof T]?: number } = {}
  for (const name of Object.keys(members) as (keyof T)[]) {
    const value = members[name]
    if (typeof value === 'number' && Number.isFinite(value)) numbers[name] = value
  }
  return numbers
}

function newWarner(): (problem: AuditError) => void {
  const warnedAt = new Map<string, number>()
  return (problem) => {
    const at = tick()
    if (at - (warnedAt.get(problem.code) ?? Number.NEGATIVE_INFINITY) < 60_000) return
    warnedAt.set(problem.code, at)
    process.emitWarning(problem.message, { type: 'SlmAuditWarning', code: problem.code })
  }
}
