<?php
// Debian's core lies under /usr/share; its configuration and content are the
// test's own, beside this file.
defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');
