DROP INDEX `agent_inputs_agent`;--> statement-breakpoint
CREATE INDEX `agent_inputs_agent` ON `agent_inputs` (`agent_id`,`kind`,`state`);--> statement-breakpoint
CREATE INDEX `message_deliveries_input` ON `message_deliveries` (`input_id`) WHERE input_id is not null;--> statement-breakpoint
CREATE INDEX `tool_calls_unheard` ON `tool_calls` (`agent_id`) WHERE is_delivered = 0;--> statement-breakpoint
CREATE INDEX `tool_calls_agent_run` ON `tool_calls` (`agent_id`,`run`);--> statement-breakpoint
CREATE INDEX `tool_calls_repeat` ON `tool_calls` (`repeat_of`) WHERE repeat_of is not null;--> statement-breakpoint
CREATE INDEX `messages_type` ON `messages` (`task_id`,`msg_type`,`id`);--> statement-breakpoint
UPDATE `message_deliveries` SET `read_at` = (
  SELECT coalesce(`done_at`, `created_at`) FROM `agent_inputs` WHERE `id` = `message_deliveries`.`input_id`
) WHERE `read_at` IS NULL AND `input_id` IN (SELECT `id` FROM `agent_inputs` WHERE `state` IN ('read', 'done'));
