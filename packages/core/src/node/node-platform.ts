import { AsyncLocalStorage } from 'node:async_hooks'
import { arch, freemem, hostname, loadavg, platform } from 'node:os'
import { performance } from 'node:perf_hooks'
import {
  clearImmediate,
  clearInterval,
  clearTimeout,
  setImmediate,
  setInterval,
  setTimeout
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
        get: () => storage.getStore(),
        run: <R>(value: T, run: () => R): R => storage.run(value, run),
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
  let cpu = process.cpuUsage()
  let loop = performance.eventLoopUtilization()
  return () => {
    const now = performance.now()
    const elapsed = now - sampledAt
    if (elapsed < SAMPLE_AGE) return sample
    const used = process.cpuUsage(cpu)
    sample = {
      ...memoryState(),
      freeMemory: freemem(),
      loadAverage: loadavg()[0] ?? 0,
      eventLoopUtilization: performance.eventLoopUtilization(loop).utilization,
      ...(Number.isFinite(elapsed) && { cpu: (used.user + used.system) / 1000 / elapsed })
    }
    sampledAt = now
    cpu = process.cpuUsage()
    loop = performance.eventLoopUtilization()
    return sample
  }
}

/** Unknown to a process that has no file descriptor left, which asking takes. */
function memoryState(): Pick<SystemState, 'rss' | 'heapUsed'> {
  try {
    const { rss, heapUsed } = process.memoryUsage()
    return { rss, heapUsed }
  } catch {
    return {}
  }
}

function newWarner(): (problem: AuditError) => void {
  const warnedAt = new Map<string, number>()
  return (problem) => {
    const now = performance.now()
    if (now - (warnedAt.get(problem.code) ?? Number.NEGATIVE_INFINITY) < 60_000) return
    warnedAt.set(problem.code, now)
    process.emitWarning(problem.message, { type: 'SlmAuditWarning', code: problem.code })
  }
}
