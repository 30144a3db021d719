ALTER TABLE `deliveries` ADD `poll_at` integer;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `polled_at` integer;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `poll_failures` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `poll_error` text;--> statement-breakpoint
ALTER TABLE `deliveries` ADD `news_at` integer;--> statement-breakpoint
CREATE INDEX `deliveries_poll` ON `deliveries` (`poll_at`) WHERE poll_at is not null;