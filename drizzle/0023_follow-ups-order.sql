DROP INDEX `follow_ups_waiting`;--> statement-breakpoint
CREATE INDEX `follow_ups_waiting` ON `follow_ups` (`created_at`,`task_id`) WHERE state = 'waiting';