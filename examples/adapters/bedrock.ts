// Asks a model on Amazon Bedrock, with the credentials of the environment, and records the call:
// AWS_REGION=eu-central-1 AWS_PROFILE=… node bedrock.ts
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime'
import { wrapBedrock } from '@slm-audit/bedrock'
import { createAuditLog } from 'slm-audit'

await using log = await createAuditLog({ service: 'support-bot' })
const bedrock = wrapBedrock(new BedrockRuntimeClient(), log)

const { output } = await bedrock.send(
  new ConverseCommand({
    modelId: process.env.MODEL ?? 'eu.amazon.nova-lite-v1:0',
    messages: [{ role: 'user', content: [{ text: 'How long does a refund take?' }] }]
  })
)
process.stdout.write(output?.message?.content?.[0]?.text ?? '')
bedrock.destroy()
