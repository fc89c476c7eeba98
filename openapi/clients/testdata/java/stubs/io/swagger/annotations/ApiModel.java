package io.swagger.annotations;

/** Stands for the annotation of swagger-annotations, which Debian has not. */
public @interface ApiModel {
    String value() default "";

    String description() default "";
}
