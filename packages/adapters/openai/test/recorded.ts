import { readFileSync } from 'node:fs'
import type { AuditedCall } from '@slm-audit/core/reader'
import type { Answer } from '@slm-audit/testing'
import { expect } from 'vitest'

/** A folder of fixtures. */
export const fixture = (name: string): URL => new URL(`../fixtures/${name}/`, import.meta.url)

const TYPES: { readonly [file: string]: string } = {
  'response.json': 'application/json',
  'response.txt': 'text/plain; charset=utf-8',
  'response.bin': 'audio/mpeg',
  'chunks.txt': 'text/event-stream'
}

/** The words of the last choice, which has no tool calls. */
export const text = (output: unknown): string =>
  (output as { message: { content?: string | null } }[]).at(-1)?.message.content ?? ''

/** The answer of a fixture, for a server to give. */
export function recorded(name: string, file: keyof typeof TYPES): Answer {
  const type = TYPES[file] ?? ''
  return {
    headers: { 'content-type': type, 'x-request-id': 'req-1' },
    chunks: [readFileSync(new URL(String(file), fixture(name)))]
  }
}

/** Stages and operations of calls, in order. */
export const told = (calls: readonly AuditedCall[]): unknown[] =>
  calls.map(({ stage, record }) => `${record.call?.operation} ${stage}`)

/** Checks that the calls are these: operation and stage, in order. */
export const tells =
  (...expected: readonly string[]) =>
  (calls: readonly AuditedCall[]): void =>
    expect(told(calls)).toEqual(expected)
