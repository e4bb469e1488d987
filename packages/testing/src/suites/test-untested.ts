import type { AuditLog } from '@slm-audit/core'
import { expect, test, vi } from 'vitest'
import { memoryLog } from '../fakes/memory-log.ts'

/**
 * Proves of a client that does not tell its version that an installed major which nobody tested is
 * reported by each of the ways to attach a log, and once. `load` imports the adapter, anew for each
 * way. To be called in a vitest file.
 */
export function testUntested<Adapter>(
  name: string,
  load: () => Promise<Adapter>,
  attach: { readonly [way: string]: (adapter: Adapter, log: AuditLog) => unknown }
): void {
  test.each(Object.entries(attach))(`${name} 99 is installed: %s says so once`, async (_, wrap) => {
    vi.resetModules()
    const adapter = await load()
    const { log, problems } = memoryLog()
    const real = process.getBuiltinModule
    const installed = JSON.stringify({ name, version: '99.1.0' })
    const spy = vi
      .spyOn(process, 'getBuiltinModule')
      .mockImplementation(((id: string) =>
        id === 'node:fs' ? { readFileSync: () => installed } : real(id)) as typeof real)
    try {
      await wrap(adapter, log)
      await wrap(adapter, log)
    } finally {
      spy.mockRestore()
    }
    expect(problems.map(({ code, message }) => [code, message.split(' is ')[0]])).toEqual([
      ['client_untested', `${name} 99.1.0`]
    ])
  })
}
