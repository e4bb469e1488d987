import { answerScenarios } from './answer-scenarios.ts'
import { audioScenarios } from './audio-scenarios.ts'
import { endpointScenarios } from './endpoint-scenarios.ts'
import { failureScenarios } from './failure-scenarios.ts'
import { plainScenarios } from './plain-scenarios.ts'
import { responsesScenarios } from './responses-scenarios.ts'
import type { Scenario } from './scenario.ts'
import { serverErrorScenarios } from './server-error-scenarios.ts'
import { streamScenarios } from './stream-scenarios.ts'

/** What applications do with a client, each against the unwrapped client. */
export const scenarios: readonly Scenario[] = [
  ...plainScenarios,
  ...answerScenarios,
  ...streamScenarios,
  ...failureScenarios,
  ...serverErrorScenarios,
  ...responsesScenarios,
  ...endpointScenarios,
  ...audioScenarios
]
