CREATE TABLE `organizations` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `repositories` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`provider` text NOT NULL,
	`instance` text,
	`owner` text NOT NULL,
	`name` text NOT NULL,
	`full_name` text NOT NULL,
	`clone_url` text NOT NULL,
	`default_branch` text NOT NULL,
	`is_private` integer NOT NULL,
	`state` text NOT NULL,
	`next_build_number` integer NOT NULL,
	`webhook_secret_sealed` text,
	`clone_username` text,
	`clone_password_sealed` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`removed_at` integer,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `repositories_full_name` ON `repositories` (`organization_id`,`provider`,`full_name`) WHERE removed_at is null;--> statement-breakpoint
CREATE INDEX `repositories_created` ON `repositories` (`organization_id`,`id`);--> statement-breakpoint
CREATE TABLE `pipeline_versions` (
	`id` text PRIMARY KEY NOT NULL,
	`repository_id` text NOT NULL,
	`version` integer NOT NULL,
	`format` text NOT NULL,
	`content` text,
	`created_by` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `pipeline_versions_version` ON `pipeline_versions` (`repository_id`,`version`);--> statement-breakpoint
CREATE TABLE `build_plans` (
	`build_id` text PRIMARY KEY NOT NULL,
	`plan` text,
	`config_file_name` text,
	`config_content` text,
	`counters` text NOT NULL,
	FOREIGN KEY (`build_id`) REFERENCES `builds`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `builds` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`repository_id` text NOT NULL,
	`number` integer NOT NULL,
	`workflow` text NOT NULL,
	`workflow_name` text NOT NULL,
	`status` text NOT NULL,
	`failure_kind` text,
	`error_message` text,
	`trigger_type` text NOT NULL,
	`branch` text,
	`tag` text,
	`commit_sha` text NOT NULL,
	`commit_message` text,
	`commit_author` text,
	`pull_request_number` integer,
	`config_source` text NOT NULL,
	`priority` integer NOT NULL,
	`labels` text NOT NULL,
	`retry_of` text,
	`dedupe_key` text,
	`queued_at` integer NOT NULL,
	`started_at` integer,
	`finished_at` integer,
	`duration_ms` integer,
	`cancel_requested_at` integer,
	`workspace_removed_at` integer,
	`logs_removed_at` integer,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `builds_number` ON `builds` (`repository_id`,`number`);--> statement-breakpoint
CREATE UNIQUE INDEX `builds_dedupe` ON `builds` (`dedupe_key`);--> statement-breakpoint
CREATE INDEX `builds_newest` ON `builds` (`organization_id`,"id" desc);--> statement-breakpoint
CREATE INDEX `builds_of_repository` ON `builds` (`repository_id`,"id" desc);--> statement-breakpoint
CREATE INDEX `builds_by_status` ON `builds` (`organization_id`,`status`,"id" desc);--> statement-breakpoint
CREATE INDEX `builds_by_branch` ON `builds` (`organization_id`,`branch`,"id" desc);--> statement-breakpoint
CREATE INDEX `builds_by_commit` ON `builds` (`organization_id`,`commit_sha`);--> statement-breakpoint
CREATE INDEX `builds_by_duration` ON `builds` (`organization_id`,"duration_ms" desc,"id" desc);--> statement-breakpoint
CREATE INDEX `builds_last_success` ON `builds` (`repository_id`,`branch`,`workflow`,"id" desc) WHERE status = 'success';--> statement-breakpoint
CREATE INDEX `builds_waiting` ON `builds` (`priority`,`id`) WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX `builds_workspaces` ON `builds` (`finished_at`) WHERE workspace_removed_at is null and finished_at is not null;--> statement-breakpoint
CREATE TABLE `workflow_counters` (
	`repository_id` text NOT NULL,
	`workflow` text NOT NULL,
	`next` integer NOT NULL,
	PRIMARY KEY(`repository_id`, `workflow`),
	FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `steps` (
	`build_id` text NOT NULL,
	`position` integer NOT NULL,
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`status` text NOT NULL,
	`exit_code` integer,
	`signal` text,
	`ignored_failure` integer NOT NULL,
	`error_message` text,
	`started_at` integer,
	`finished_at` integer,
	`stdout_bytes` integer NOT NULL,
	`stderr_bytes` integer NOT NULL,
	`log_truncated` integer NOT NULL,
	PRIMARY KEY(`build_id`, `position`),
	FOREIGN KEY (`build_id`) REFERENCES `builds`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `artifacts` (
	`id` text PRIMARY KEY NOT NULL,
	`build_id` text NOT NULL,
	`index` integer NOT NULL,
	`name` text NOT NULL,
	`path` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`sha256` text NOT NULL,
	`content_type` text NOT NULL,
	`kind` text NOT NULL,
	`stored_at` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`build_id`) REFERENCES `builds`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `artifacts_index` ON `artifacts` (`build_id`,`index`);--> statement-breakpoint
CREATE INDEX `artifacts_name` ON `artifacts` (`build_id`,`name`);--> statement-breakpoint
CREATE TABLE `deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`provider` text NOT NULL,
	`repository_id` text,
	`event` text NOT NULL,
	`delivery_id` text NOT NULL,
	`status` text NOT NULL,
	`reason` text NOT NULL,
	`build_ids` text NOT NULL,
	`source_ip` text NOT NULL,
	`happened` text,
	`payload` text NOT NULL,
	`received_at` integer NOT NULL,
	`processed_at` integer,
	`attempts` integer NOT NULL,
	`not_before` integer NOT NULL,
	`round` integer NOT NULL,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `deliveries_newest` ON `deliveries` (`organization_id`,"id" desc);--> statement-breakpoint
CREATE INDEX `deliveries_of_repository` ON `deliveries` (`repository_id`,"id" desc);--> statement-breakpoint
CREATE INDEX `deliveries_same` ON `deliveries` (`repository_id`,`delivery_id`);--> statement-breakpoint
CREATE INDEX `deliveries_waiting` ON `deliveries` (`id`) WHERE status = 'received';--> statement-breakpoint
CREATE TABLE `facts` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`organization_id` text NOT NULL,
	`kind` text NOT NULL,
	`subject` text NOT NULL,
	`actor` text NOT NULL,
	`data` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `facts_subject` ON `facts` (`subject`,`seq`);--> statement-breakpoint
CREATE TABLE `reaction_cursors` (
	`name` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `leases` (
	`build_id` text PRIMARY KEY NOT NULL,
	`runner_id` text NOT NULL,
	`fence` integer NOT NULL,
	`next_event` integer NOT NULL,
	FOREIGN KEY (`build_id`) REFERENCES `builds`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`runner_id`) REFERENCES `runners`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `runners` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`token_hash` text NOT NULL,
	`slots` integer NOT NULL,
	`created_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `runners_tokenHash_unique` ON `runners` (`token_hash`);--> statement-breakpoint
CREATE TABLE `login_links` (
	`code_hash` text PRIMARY KEY NOT NULL,
	`next` text NOT NULL,
	`created_at` integer NOT NULL,
	`ends_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sessions` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`admin_token_hash` text NOT NULL,
	`ip` text NOT NULL,
	`user_agent` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL,
	`idle_ms` integer NOT NULL,
	`idle_until` integer NOT NULL,
	`ends_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `sessions_ends` ON `sessions` (`ends_at`);--> statement-breakpoint
CREATE TABLE `key_checks` (
	`key_id` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
INSERT INTO `organizations` (`id`, `name`, `created_at`) VALUES ('00000000000000000000000000', 'default', 0);
