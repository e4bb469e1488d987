import type { AuditedCall } from '@slm-audit/core/reader'
import { type MethodScenario, testMethod } from '@slm-audit/testing/conformance'
import { type TinyOnnxModel, tinyOnnxModels } from '@slm-audit/tiny-models/onnx'
import { expect } from 'vitest'
import { wrapPipeline } from '../src/index.ts'
import {
  type AnyPipeline,
  type Runtime,
  type Transformers,
  type Version,
  versions
} from './runtime.ts'

/** A scenario of one pipeline; what the application makes of the library it makes of `lib`. */
type TaskScenario = Omit<MethodScenario<AnyPipeline>, 'run'> & {
  run(pipe: AnyPipeline, lib: Transformers): unknown
}

/** What is done with the pipelines of tiny models. */
export type TaskScenarios = { readonly [Name in TinyOnnxModel]?: readonly TaskScenario[] }

/** Keeps the record as a fixture. */
export function kept(name: string, one: TaskScenario): TaskScenario {
  return { ...one, folder: new URL(`../fixtures/${name}/`, import.meta.url) }
}

/** A scenario whose one record matches what is given here. */
export function scenario(
  name: string,
  run: TaskScenario['run'],
  record: object,
  contents: object = {}
): TaskScenario {
  return {
    name,
    run,
    check(calls: AuditedCall[]) {
      expect(calls).toHaveLength(1)
      expect(calls[0]?.record).toMatchObject(record)
      expect(calls[0]?.contents).toMatchObject(contents)
    }
  }
}

/** Loads the pipelines of a scenario, wrapped or not. */
type Load = (name: TinyOnnxModel) => Promise<AnyPipeline>

/** Plays the scenarios with each version of transformers.js, against its unwrapped pipelines. */
export function testTasks(
  runtime: (version: Version) => Runtime,
  scenarios: TaskScenarios,
  title = 'tasks'
): void {
  for (const version of versions) {
    testMethod<Load>({
      name: `v${version} ${title}`,
      create: () => runtime(version).load,
      wrap: (load, log) => async (name) => wrapPipeline(await load(name), log),
      scenarios: Object.entries(scenarios).flatMap(([name, list]) =>
        list.map((one) => ({
          ...one,
          name: `${tinyOnnxModels[name as TinyOnnxModel]}: ${one.name}`,
          run: async (load: Load) =>
            one.run(await load(name as TinyOnnxModel), runtime(version).lib)
        }))
      )
    })
  }
}
