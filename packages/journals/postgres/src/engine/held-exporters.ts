import type { CursorChange, ExporterState, SetAside } from '@slm-audit/core/journal'
import type { EngineCursors } from '@slm-audit/core/node'
import {
  claim,
  loadSetAside,
  loadState,
  RENEW_MS,
  release,
  renew,
  save
} from '../store/exporter-cursors.ts'
import type { UseLog } from './log-checkpoints.ts'

/** The exporters of a log, and those that this process delivers for: it says now and then that it lives. */
export class HeldExporters implements EngineCursors {
  readonly #use: UseLog
  readonly #writerId: string
  readonly #held = new Set<string>()
  #timer: NodeJS.Timeout | undefined

  constructor(use: UseLog, writerId: string) {
    this.#use = use
    this.#writerId = writerId
  }

  async claim(name: string, holder: string): Promise<boolean> {
    const own = this.#nameOf(holder)
    const isHeld = await this.#use((connection) => claim(connection, name, own))
    if (!isHeld) return false
    this.#held.add(own)
    this.#timer ??= setInterval(() => void this.#renew(), RENEW_MS)
    return true
  }

  async release(name: string, holder: string): Promise<void> {
    const own = [this.#nameOf(holder)]
    await this.#use((connection) => release(connection, own, name))
  }

  load(name: string): Promise<ExporterState | undefined> {
    return this.#use((connection) => loadState(connection, name))
  }

  setAside(name: string): Promise<readonly SetAside[]> {
    return this.#use((connection) => loadSetAside(connection, name))
  }

  save(name: string, holder: string, change: CursorChange): Promise<boolean> {
    const own = this.#nameOf(holder)
    return this.#use((connection) => save(connection, name, own, change))
  }

  /** Gives up all exporters; those of a server that cannot be asked are free after their time. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    const own = [...this.#held]
    if (own.length === 0) return
    await this.#use((connection) => release(connection, own)).catch(() => undefined)
  }

  async #renew(): Promise<void> {
    const own = [...this.#held]
    await this.#use((connection) => renew(connection, own)).catch(() => undefined)
  }

  #nameOf(holder: string): string {
    return `${this.#writerId} ${holder}`
  }
}
