CREATE TABLE `signing_requests` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`app_store_key_id` text NOT NULL,
	`certificate_kind` text NOT NULL,
	`public_key_sha256` text NOT NULL,
	`key_sealed` text NOT NULL,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `signing_requests_key` ON `signing_requests` (`organization_id`,`app_store_key_id`);