import { expect, test } from 'vitest'
import { providerOf } from '../../src/protocol/readers/provider-of.ts'

test.each([
  ['https://api.anthropic.com/v1', 'anthropic'],
  ['https://aws-external-anthropic.us-east-1.api.aws', 'anthropic'],
  ['https://bedrock-mantle.us-east-1.api.aws/anthropic', 'aws.bedrock'],
  ['https://bedrock-runtime.cn-north-1.amazonaws.com.cn/openai/v1', 'aws.bedrock'],
  ['https://europe-west4-aiplatform.googleapis.com/v1', 'gcp.vertex_ai'],
  ['https://mine.openai.azure.com/openai/v1', 'azure.ai.openai'],
  ['https://bedrock-runtime.example.com', 'unknown'],
  ['https://notmistral.ai', 'unknown'],
  ['http://127.0.0.1:11434/v1', 'ollama']
])('%s is served by %s', (url, provider) => {
  expect(providerOf(new URL(url), 'unknown')).toBe(provider)
})
