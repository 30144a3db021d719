DROP INDEX `permissions_pending`;--> statement-breakpoint
CREATE INDEX `permissions_open` ON `permissions` (`asked_at`,`task_id`) WHERE status = 'pending';